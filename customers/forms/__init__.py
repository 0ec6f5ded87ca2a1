from customers.forms.contract import ContractForm
from customers.forms.customer import CustomerForm, NewCustomerFileForm
from customers.forms.portfolio import PortfolioForm
from customers.forms.reason import ReasonForm

__all__ = ["ContractForm", "CustomerForm", "NewCustomerFileForm", "PortfolioForm", "ReasonForm"]
