from reviews.forms.annual import RemarksForm, ScoreForm
from reviews.forms.answers import AnswersForm
from reviews.forms.attachment import AttachmentForm
from reviews.forms.decision import DecisionForm, SubmitForm, WithdrawForm
from reviews.forms.delegation import AdviceForm, ConsultForm, CopyForm, TransferForm

__all__ = [
    "AdviceForm",
    "AnswersForm",
    "AttachmentForm",
    "ConsultForm",
    "CopyForm",
    "DecisionForm",
    "RemarksForm",
    "ScoreForm",
    "SubmitForm",
    "TransferForm",
    "WithdrawForm",
]
