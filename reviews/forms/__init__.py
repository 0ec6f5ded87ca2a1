from reviews.forms.adjustment import AmendForm, BulkDecisionForm, RefusalForm
from reviews.forms.annual import RemarksForm, ScoreForm
from reviews.forms.answers import AnswersForm
from reviews.forms.attachment import AttachmentForm
from reviews.forms.chain import PublishForm, StageFormSet, stage_values
from reviews.forms.decision import (
    BulkForm,
    CodeForm,
    DecisionForm,
    PhraseForm,
    ReportForm,
    SubmitForm,
    WithdrawForm,
)
from reviews.forms.delegation import AdviceForm, ConsultForm, CopyForm, TransferForm
from reviews.forms.service_levels import ServiceLevelForm

__all__ = [
    "AdviceForm",
    "AmendForm",
    "AnswersForm",
    "AttachmentForm",
    "BulkDecisionForm",
    "BulkForm",
    "CodeForm",
    "ConsultForm",
    "CopyForm",
    "DecisionForm",
    "PhraseForm",
    "PublishForm",
    "RefusalForm",
    "RemarksForm",
    "ReportForm",
    "ScoreForm",
    "ServiceLevelForm",
    "StageFormSet",
    "SubmitForm",
    "TransferForm",
    "WithdrawForm",
    "stage_values",
]
