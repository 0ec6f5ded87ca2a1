"""Benchmark: 1,000 letters, each to another customer, from the database to the one PDF for the printer.

    python -m bench.batch_print

Rendering and storing them is counted too: what finance waits for from the run to the printer. Prints seconds, pages,
megabytes and peak memory; exit 1 where a limit is missed.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import replace
from hashlib import sha256

from bench.scratch import scratch_database

LETTERS = 1000
LIMIT_SECONDS = 60.0
LIMIT_PRINT_SECONDS = 15.0
LIMIT_MEGABYTES = 1000


def main() -> int:
    """Run it; return 1 where a limit is missed."""
    with scratch_database():
        return measure()


def measure() -> int:
    """Issue the letters and print them; return 1 where a limit is missed."""
    started = time.perf_counter()
    _issue()
    issued = time.perf_counter()
    pages, megabytes = _print()
    printed = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = [
        (f"{LETTERS:,} letters rendered, stored and printed, s", printed - started, LIMIT_SECONDS),
        ("of that: read, compared and joined, s", printed - issued, LIMIT_PRINT_SECONDS),
        ("peak memory, MB", peak, LIMIT_MEGABYTES),
    ]
    for label, value, limit in rows:
        print(f"{label:<48} {value:10.2f}  limit {limit:8.2f}  {'ok' if value <= limit else 'MISSED'}")
    print(f"{'pages (each letter on a sheet of its own)':<48} {pages:10d}")
    print(f"{'megabytes':<48} {megabytes:10.2f}")
    return int(any(value > limit for _label, value, limit in rows))


def _issue() -> None:
    from django.core.files.base import ContentFile

    from creditrisk.policy.selectors import policy_version_on
    from receivables.letters import render_letter
    from receivables.models import DunningNotice
    from tests.factories.customers import create_active_customer
    from tests.factories.images import png
    from tests.factories.reports import create_report
    from tests.receivables.letter_contents import ISSUED_ON, letter_content

    seal = png(400, 400)
    report, version = create_report(as_of=ISSUED_ON, lines=[]), policy_version_on(ISSUED_ON)
    for index in range(LETTERS):
        customer = create_active_customer(
            number=f"C{index:05d}",
            name=f"第 {index} 号客户股份有限公司",
            postal_code=f"{index * 7919 % 900000 + 100000}",
        )
        content = letter_content("final_demand" if index % 2 else "dunning_letter", "zh-hans", items=5)
        content = replace(
            content,
            number=f"DL-2026-{index:06d}",
            customer=replace(content.customer, name=customer.name, postal_code=customer.postal_code),
            company=replace(content.company, seal=seal, window="chinese"),
        )
        pdf = render_letter(content)
        letter = DunningNotice(
            stage=content.stage, number=content.number, customer=customer, currency="CNY", report=report,
            total_amount=content.total_amount, language="zh-hans", issued_on=ISSUED_ON, policy_version=version,
            pay_by_on=content.pay_by_on, pdf_sha256=sha256(pdf).hexdigest(),
        )  # fmt: skip
        letter.pdf.save("letter.pdf", ContentFile(pdf), save=False)
        letter.save()


def _print() -> tuple[int, float]:
    from receivables.models import DunningNotice
    from receivables.selectors.dunning import with_delivery_state
    from receivables.selectors.letter_batch import PrintOrder, batch_pdf, letters_to_print
    from tests.receivables.letter_contents import ISSUED_ON

    letters = letters_to_print(with_delivery_state(DunningNotice.objects.all()), order=PrintOrder.POST_CODE)
    assert len(letters) == LETTERS
    pdf, pages = batch_pdf(letters, on=ISSUED_ON, is_duplex=True)
    return pages, len(pdf) / 1024 / 1024


if __name__ == "__main__":
    sys.exit(main())
