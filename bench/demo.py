"""Benchmark: loading the demo company, 300 customers and 24 monthly reports, as the first `make run` does.

    python -m bench.demo

Prints seconds and peak memory, each beside its limit; exit 1 where one is missed.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
import time

from bench.scratch import scratch_database

LAST, TODAY = dt.date(2026, 10, 31), dt.date(2026, 11, 24)
LIMIT_SECONDS = 30.0
LIMIT_MEGABYTES = 600


def main() -> int:
    """Run it; return 1 where a limit is missed."""
    with scratch_database():
        from creditrisk.home.demo.load import load_demo

        started = time.perf_counter()
        counts = load_demo(last=LAST, today=TODAY)
        seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(", ".join(f"{number} {name}" for name, number in counts.items()))
    rows = [("load the demo, s", seconds, LIMIT_SECONDS), ("peak memory, MB", megabytes, LIMIT_MEGABYTES)]
    for label, value, limit in rows:
        print(f"{label:<36} {value:10.2f}  limit {limit:8.2f}  {'ok' if value <= limit else 'MISSED'}")
    return int(any(value > limit for _, value, limit in rows))


if __name__ == "__main__":
    sys.exit(main())
