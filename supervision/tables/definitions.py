"""What every figure of supervision means: formula, source and an example, in the reader's language (P3.1, glossary).

The tests reckon every example by the rules, so that none of them can be wrong for long.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Definition:
    """One figure: `key` is the anchor by which tiles and columns lead to it."""

    key: str
    title: Promise
    formula: Promise
    source: Promise
    example: Promise
    clause: str


DEFINITIONS = (
    Definition(
        "exposure",
        _("Exposure"),
        _("All open items, credit notes and advances taken off."),
        _(
            "The sums stored when the aging report was committed. Amounts in other currencies are converted at the rate"
            " of the report's day; a currency without a rate is left out and told above the figures."
        ),
        _("Invoices of 1,000.00 and a credit note of 200.00 are an exposure of 800.00."),
        "P3.1 e",
    ),
    Definition(
        "overdue",
        _("Overdue"),
        _("Overdue share = (open − not due) ÷ open × 100, credits taken off in the bucket of their age."),
        _("The stored sums of the aging report, all buckets but the first."),
        _("Open 1,000.00, of it not due 750.00: 250.00 are overdue, 25.0 %."),
        "P3.1 e",
    ),
    Definition(
        "old",
        _("More than 90 days past due"),
        _("What stands in the buckets after 90 days ÷ open × 100."),
        _("The stored sums of the aging report."),
        _("Open 1,000.00, of it 60.00 in 91–180 and 40.00 in 181–365: 10.0 %."),
        "P3.1 e",
    ),
    Definition(
        "dso",
        _("Days sales outstanding (DSO)"),
        _(
            "Receivables at the end ÷ credit sales of the last three months × their calendar days. By counting back:"
            " whole months of sales are taken off the receivables, from the latest on; the days of these months, and of"
            " the last one the share that is left."
        ),
        _(
            "Receivables: the stored sums. Sales: the items that a month's report lists and that of the month before"
            " does not, with the amount of the document, without credit notes; where a ledger knows it, also what came"
            " and went between the two. Computed once for each report; of the months that are known, up to three. All"
            " at the rates of the last day."
        ),
        _(
            "Receivables 400.00, sales of 600.00 in 90 days: 400 ÷ 600 × 90 = 60.0 days. By counting back: receivables"
            " 250.00, sales of 100.00 in the last 30 days and 200.00 in the 31 before: 30 + 150 ÷ 200 × 31 = 53.3 days."
        ),
        "P3.1 e",
    ),
    Definition(
        "cei",
        _("Collection effectiveness (CEI)"),
        _(
            "(opening receivables + sales − closing receivables) ÷ (opening receivables + sales − closing receivables"
            " not due) × 100, from the last report of the month before to the report; 100 % means that all that was due"
            " came in."
        ),
        _("As for the days sales outstanding. The page “Effectiveness” shows it by manager and currency."),
        _("Opening 1,000.00, sales 500.00, closing 600.00, of it 450.00 not due: 900 ÷ 1,050 = 85.7 %."),
        "P5.2.3",
    ),
    Definition(
        "concentration",
        _("Concentration"),
        _("What the ten customers with the largest exposure owe ÷ exposure of all × 100."),
        _("The stored sums of the aging report, by customer."),
        _("The ten largest owe 50.00 and 30.00 together, all customers 200.00: 40.0 %."),
        "P3.1 e",
    ),
    Definition(
        "grades",
        _("Grade mix"),
        _("How many customers have each grade on the report's day, and what they owe."),
        _(
            "The grade history: the last change that took effect by the day. Customers whose file is closed today are"
            " left out, and those without a grade unless they owe something."
        ),
        _("Of 8 customers 2 have grade D: 25.0 %."),
        "P5.2.2",
    ),
    Definition(
        "migration",
        _("Migration of grades"),
        _(
            "How many customers went from which grade to which within twelve months. Downgraded share = customers with"
            " a worse grade ÷ customers with a grade at both times × 100."
        ),
        _("The grade history on the report's day and twelve months before it."),
        _("Of 8 customers with a grade both times 2 are worse: 25.0 %."),
        "P5.2.2",
    ),
    Definition(
        "roll-rates",
        _("Roll rates"),
        _(
            "What stands in a bucket ÷ what stood in the bucket before it a month ago × 100: how much of a debt grew a"
            " month older instead of being paid. Credits are not taken off."
        ),
        _(
            "The stored sums of two reports 27 to 35 days apart. Only steps into buckets of about a month: in a wider"
            " one older debts stand beside."
        ),
        _("1–30 held 200.00 a month ago, 31–60 holds 50.00 now: 25.0 %."),
        "P3.1 e",
    ),
    Definition(
        "trend",
        _("Aging trend"),
        _("The receivables of each month by bucket, in one bar."),
        _(
            "The last report in force as of a day in each month, at the rates of its day. A month whose report has"
            " other buckets is shown in two parts, not due and overdue."
        ),
        _("Not due 750.00 and 1–30 days 250.00 make a bar of 1,000.00, a quarter of it overdue."),
        "P3.1 e",
    ),
    Definition(
        "backlog",
        _("Approvals waiting"),
        _(
            "Approval steps that can be decided now, by the role that decides and the calendar days since they opened."
        ),
        _("The reviews in approval, today. Late is what its due day has passed of."),
        _("A step opened on the 1st has waited 3 days on the 4th and counts in 0–3 days."),
        "P4.1",
    ),
    Definition(
        "contracts",
        _("Contracts being performed"),
        _("Contracts in the state “performing”."),
        _("The contracts, today."),
        _("Of 10 contracts 7 are being performed, 2 are signed and 1 is finished: 7."),
        "P3.1 c",
    ),
    Definition(
        "self-checks",
        _("Self-checks"),
        _("Self-checks done ÷ self-checks whose period ended within the last twelve months × 100."),
        _(
            "The half-yearly self-checks of account manager and customer service manager, each for his customers of"
            " today; those of ended contracts are left out. Overdue is what is open after its period."
        ),
        _("4 periods ended, 3 self-checks are done: 75.0 %."),
        "P3.2.3",
    ),
    Definition(
        "reviews",
        _("Reviews in date"),
        _(
            "Customers whose grade is valid on the report's day ÷ active, watched and suspended customers × 100."
        ),
        _("The last approved review of each customer, and until when the grade that it gave is valid."),
        _("Of 20 customers 18 have a review in date: 90.0 %."),
        "P4.2",
    ),
    Definition(
        "approvals",
        _("Approvals in time"),
        _("Approval steps that he decided by their due day ÷ all that he decided and that had one × 100."),
        _("The approval steps of the last twelve months in this role."),
        _("5 steps decided, 4 of them by their day: 80.0 %."),
        "P4.1",
    ),
    Definition(
        "promises",
        _("Promises kept"),
        _("Promises to pay kept in full ÷ promises that reports decided × 100."),
        _("The promises of his customers that were decided within the last twelve months."),
        _("2 kept, 1 partly kept, 1 broken: 50.0 %."),
        "P5.2.3",
    ),
    Definition(
        "letters",
        _("Reminders and letters"),
        _("Reminders, dunning letters and final demands issued within the last 30 days."),
        _("The letters, by the day of issue, today included."),
        _("20 reminders, 6 dunning letters and 2 final demands: 28."),
        "P5.2.3",
    ),
    Definition(
        "disputes",
        _("Disputes open"),
        _("Disputes of contracts or items that are neither resolved nor withdrawn."),
        _("The disputes, today."),
        _("5 opened, 2 resolved, 1 withdrawn: 2."),
        "P3.3",
    ),
    Definition(
        "warnings",
        _("Early warnings open"),
        _("Cases of early warning that nobody has closed; overdue is what its due day has passed of."),
        _("The cases, today."),
        _("7 raised, 3 closed: 4 open; one of them was due yesterday: 1 overdue."),
        "P5.1",
    ),
    Definition(
        "follow-ups",
        _("Follow-ups of case reviews"),
        _("What is still to be done after case reviews and seminars; overdue is what its day has passed of."),
        _("The log of case reviews, today."),
        _("3 asked, 1 done: 2 open; one of them due yesterday is overdue."),
        "P3.1 d",
    ),
    Definition(
        "change",
        _("Trend of a contract handler"),
        _("Overdue share now − overdue share in the report before, in percentage points; above 0 is worse."),
        _("Both reports, of the customers that he has today: his past moves with him at a handover."),
        _("25.0 % now, 20.0 % before: +5.0."),
        "P3.1 b",
    ),
)
