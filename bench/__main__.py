"""`make bench`: every benchmark, one after the other, each printing what it measured beside its limit."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    *(
        "reading",
        "letters",
        "batch_print",
        "imports --million --peer",
        "aging_page",
        "growth",
        "exports",
        "lists",
        "worklist",
        "summaries",
        "dashboard --items",
        "dunning",
        "dunning_kills",
        "grade_adjustment",
        "quarter_kills",
        "warnings",
        "customers",
        "customers_import",
        "reviews",
        "demo",
    ),
)


def main() -> int:
    """Run all, each in a process of its own (they start their own servers); return how many missed a limit."""
    missed = []
    for name in BENCHMARKS:
        print(f"\n== bench.{name}", flush=True)
        if subprocess.run([sys.executable, "-m", *f"bench.{name}".split()], check=False).returncode:
            missed.append(name)
    print(f"\nmissed: {', '.join(missed) or 'none'}")
    return len(missed)


if __name__ == "__main__":
    sys.exit(main())
