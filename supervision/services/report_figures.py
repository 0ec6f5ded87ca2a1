"""Computing what was invoiced between two reports, once for each pair (P3.1 e)."""

# ruff: noqa: S608 - only names of ours are put into SQL
from __future__ import annotations

from django.db import connection, transaction

from creditrisk.jobs.services import alone
from supervision.models import InvoicedSum, InvoicedTotal, ReportFigures
from supervision.selectors.report_figures import WantedFigures, invoiced_sql, wanted_figures

JOB = "report_figures"
SUMS, TOTALS = InvoicedSum._meta.db_table, InvoicedTotal._meta.db_table


def compute_missing_figures() -> list[ReportFigures]:
    """Compute the figures of every pair of reports in force that has none yet, each in its own transaction; return
    those computed. Called again it does what is left: what was computed is never computed again.

    It has no period: a report, its correction and a late ledger each make pairs that are missing, whenever they come.
    Raises ConflictError where another process is at it.
    """
    with alone(JOB):
        return [compute_figures(wanted) for wanted in wanted_figures()]


@transaction.atomic
def compute_figures(wanted: WantedFigures) -> ReportFigures:
    """Store what was invoiced between two reports, by customer and altogether; return the figures. Twice is once.

    The report is locked first, so that a merge of customer files waits, or is over.
    """
    type(wanted.report).objects.select_for_update().get(pk=wanted.report.pk)
    figures, is_new = ReportFigures.objects.get_or_create(
        report=wanted.report, opening=wanted.opening, ledger=wanted.ledger
    )
    if not is_new:
        return figures
    source = invoiced_sql(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {SUMS} (figures_id, customer_id, currency, invoiced_amount)"
            f" SELECT %s, customer_id, currency, sum(amount) FROM ({source.text}) AS item"
            " GROUP BY customer_id, currency",
            [figures.pk, *source.params],
        )
        cursor.execute(
            f"INSERT INTO {TOTALS} (figures_id, currency, invoiced_amount)"
            f" SELECT figures_id, currency, sum(invoiced_amount) FROM {SUMS} WHERE figures_id = %s"
            " GROUP BY figures_id, currency",
            [figures.pk],
        )
    return figures
