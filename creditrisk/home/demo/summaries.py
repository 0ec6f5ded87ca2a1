"""The monthly summaries of the last two finished months: the older one signed, the newest waits for its analyses."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from creditrisk.accounts.models import User
from creditrisk.dates import add_months
from supervision.models import MonthlySummary
from supervision.services.summaries import make_summaries
from supervision.services.summary_job import summaries_due_on
from supervision.services.summary_signing import sign_summary

ANALYSES = (
    "应收账款总额基本平稳,逾期集中在少数客户。已约定本月上门拜访逾期金额最大的三家客户,并逐笔核对账目。\n"
    "The total is steady; what is overdue sits with a few customers. I visit the three largest this month and go"
    " through their accounts item by item.",
    "新增逾期主要来自月末到期的发票,客户已承诺下月初付款。信用等级无重大变化。\n"
    "What is newly overdue fell due at the month's end; the customers promised to pay early next month. No grade"
    " changed much.",
    "催款函发出后两家客户已付款,一家存在质量争议,已转法务处理。\n"
    "Two customers paid after their letters; one disputes the quality, legal affairs look into it.",
)
GROUP_ANALYSIS = (
    "本月回款好于上月。请各客服经理继续跟进 90 天以上的逾期款项,并按时完成合同自查。\n"
    "Collection was better than the month before. Please keep at what is more than 90 days past due, and do the"
    " self-checks in time."
)


def create_summaries(users: dict[str, User], today: dt.date) -> int:
    """Make the summaries of the last two months that are over on `today`, and whose first business day has come; sign
    all of the older one. Return how many there are.

    Made and signed at the moment of loading: the reports they tell of were committed only just now, and to a summary
    that is older than its report an addendum would be due.
    """
    newest, now = add_months(today.replace(day=1), -1), timezone.now()
    for month in (add_months(newest, -1), newest):
        if summaries_due_on(month) <= today:
            make_summaries(month=month, now=now)
    _sign_all(add_months(newest, -1), users, now)
    return MonthlySummary.objects.count()


def _sign_all(month: dt.date, users: dict[str, User], now: dt.datetime) -> None:
    own = MonthlySummary.objects.filter(month=month, service_manager__isnull=False)
    for place, summary in enumerate(
        own.select_related("service_manager").order_by("service_manager__username")
    ):
        assert summary.service_manager is not None
        _sign(summary, summary.service_manager, ANALYSES[place % len(ANALYSES)], now)
    for summary in MonthlySummary.objects.filter(month=month, service_manager__isnull=True):
        _sign(summary, users["deputy"], GROUP_ANALYSIS, now)


def _sign(summary: MonthlySummary, by: User, analysis: str, now: dt.datetime) -> None:
    sign_summary(summary=summary, by=by, analysis=analysis, seen_version=summary.version, now=now)
