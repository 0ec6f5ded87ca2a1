from reviews.forms.annual import RemarksForm, ScoreForm
from reviews.forms.answers import AnswersForm
from reviews.forms.attachment import AttachmentForm
from reviews.forms.decision import DecisionForm, SubmitForm, WithdrawForm

__all__ = [
    "AnswersForm",
    "AttachmentForm",
    "DecisionForm",
    "RemarksForm",
    "ScoreForm",
    "SubmitForm",
    "WithdrawForm",
]
