from reviews.forms.answers import AnswersForm
from reviews.forms.attachment import AttachmentForm
from reviews.forms.decision import DecisionForm, SubmitForm, WithdrawForm

__all__ = ["AnswersForm", "AttachmentForm", "DecisionForm", "SubmitForm", "WithdrawForm"]
