"""Benchmark: 200 one-page letters in one process, against a fresh typst compilation per letter.

    python -m bench.letters

Prints seconds, milliseconds per letter, peak memory, the ratio to the peer; exit 1 where a limit is missed.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import typst

from creditrisk.pdf import FONTS
from receivables.letters import LetterContent, render_letter
from receivables.letters.layout import letter_data
from receivables.letters.rendering import FOLDER
from tests.receivables.letter_contents import letter_content

LETTERS = 200
LIMIT_SECONDS = 5.0
# The peer is slow: a few of its letters tell.
PEER_LETTERS = 10
LIMIT_RATIO = 0.6
LONG_LETTER_ITEMS = 3000
LIMIT_LONG_SECONDS = 10.0
LIMIT_MEGABYTES = 600


def letters() -> list[LetterContent]:
    """Return one-page letters of the two numbered stages in all languages, each to another customer."""
    kinds = [
        letter_content(stage, language, items=5)
        for stage in ("dunning_letter", "final_demand")
        for language in ("zh-hans", "zh-hant", "en")
    ]
    return [
        replace(
            kinds[index % len(kinds)],
            number=f"DL-2026-{index:06d}",
            customer=replace(kinds[index % len(kinds)].customer, name=f"第 {index} 号客户股份有限公司"),
        )
        for index in range(LETTERS)
    ]


def render_freshly(letter: LetterContent) -> None:
    """What the design warns of: typst finds its fonts and parses its template for every letter."""
    typst.compile(
        FOLDER / "letter.typ",
        root=FOLDER,
        font_paths=[FONTS],
        sys_inputs={"data": json.dumps(letter_data(letter))},
    )


def seconds(work: Callable[[LetterContent], object], batch: list[LetterContent]) -> float:
    """Return the wall-clock seconds that `work` takes over the batch."""
    started = time.perf_counter()
    for letter in batch:
        work(letter)
    return time.perf_counter() - started


def main() -> int:
    """Run it; return 1 where a limit is missed."""
    batch = letters()
    ours = seconds(render_letter, batch)
    long_seconds = seconds(
        render_letter, [letter_content("final_demand", "zh-hans", items=LONG_LETTER_ITEMS)]
    )
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peer = seconds(render_freshly, batch[:PEER_LETTERS]) / PEER_LETTERS
    ratio = ours / LETTERS / peer
    rows = [
        (f"{LETTERS} one-page letters, s", ours, LIMIT_SECONDS),
        ("ratio to a fresh compilation each", ratio, LIMIT_RATIO),
        (f"one letter of {LONG_LETTER_ITEMS:,} items, s", long_seconds, LIMIT_LONG_SECONDS),
        ("peak memory, MB", megabytes, LIMIT_MEGABYTES),
    ]
    for label, value, limit in rows:
        print(f"{label:<36} {value:10.2f}  limit {limit:8.2f}  {'ok' if value <= limit else 'MISSED'}")
    print(f"{'milliseconds per letter':<36} {ours / LETTERS * 1000:10.2f}")
    return int(any(value > limit for _, value, limit in rows))


if __name__ == "__main__":
    sys.exit(main())
