from customers.forms.bank_account import BankAccountForm
from customers.forms.confirmation import ConfirmationForm
from customers.forms.contact import ContactForm
from customers.forms.contract import ContractForm
from customers.forms.customer import CustomerForm, NewCustomerFileForm
from customers.forms.handover import HandoverForm
from customers.forms.portfolio import PortfolioForm
from customers.forms.qualification import QualificationForm
from customers.forms.reason import ReasonForm
from customers.forms.reassignment import ReassignmentForm
from customers.forms.visit import FollowUpForm, VisitFilesForm, VisitPlanForm, VisitRecordForm

__all__ = [
    "BankAccountForm",
    "ConfirmationForm",
    "ContactForm",
    "ContractForm",
    "CustomerForm",
    "FollowUpForm",
    "HandoverForm",
    "NewCustomerFileForm",
    "PortfolioForm",
    "QualificationForm",
    "ReasonForm",
    "ReassignmentForm",
    "VisitFilesForm",
    "VisitPlanForm",
    "VisitRecordForm",
]
