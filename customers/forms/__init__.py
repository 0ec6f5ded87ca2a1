from customers.forms.bank_account import BankAccountForm
from customers.forms.contact import ContactForm
from customers.forms.contract import ContractForm
from customers.forms.customer import CustomerForm, NewCustomerFileForm
from customers.forms.portfolio import PortfolioForm
from customers.forms.qualification import QualificationForm
from customers.forms.reason import ReasonForm

__all__ = [
    "BankAccountForm",
    "ContactForm",
    "ContractForm",
    "CustomerForm",
    "NewCustomerFileForm",
    "PortfolioForm",
    "QualificationForm",
    "ReasonForm",
]
