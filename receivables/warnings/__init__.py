"""Early warnings (P5.1): each rule takes facts and the policy's thresholds, and returns the warning or None. Pure
rules.

`business` (churn, volume), `repayment`, `events` (what happened), `deadlines` (what was not done in time), `limits`.
"""

from receivables.warnings.business import BusinessFacts, VolumeFacts, churn, volume_anomaly
from receivables.warnings.deadlines import (
    DisputeFacts,
    FileFacts,
    QualificationFacts,
    dispute_overdue,
    file_not_confirmed,
    qualification_ending,
)
from receivables.warnings.events import (
    GradeFacts,
    PromiseFacts,
    VisitFacts,
    broken_promise,
    grade_fallen,
    leadership_change,
)
from receivables.warnings.limits import LimitFacts, limit_exceeded
from receivables.warnings.raised import KINDS, Kind, Number, Point, RaisedWarning
from receivables.warnings.repayment import DaysLate, RepaymentFacts, repayment_anomaly

__all__ = [
    "KINDS",
    "BusinessFacts",
    "DaysLate",
    "DisputeFacts",
    "FileFacts",
    "GradeFacts",
    "Kind",
    "LimitFacts",
    "Number",
    "Point",
    "PromiseFacts",
    "QualificationFacts",
    "RaisedWarning",
    "RepaymentFacts",
    "VisitFacts",
    "VolumeFacts",
    "broken_promise",
    "churn",
    "dispute_overdue",
    "file_not_confirmed",
    "grade_fallen",
    "leadership_change",
    "limit_exceeded",
    "qualification_ending",
    "repayment_anomaly",
    "volume_anomaly",
]
