"""Benchmark: the aging page over 1,000,000 open items of 10,000 customers, against the bare SQL over the stored sums.

    python -m bench.aging_page

The page is asked for through every middleware, as a finance clerk sees it. The bare SQL takes its figures from the
stored sums: the totals per currency added up over all customers, and the first 50 lines by the index. The page itself
is spared the adding up, as the totals are stored too; what its own two statements take is told beside it. Then 10
clients at once ask a real web server. Prints ratio, percentiles and queries, each against its limit; exit 1 where one
is missed.
"""

from __future__ import annotations

import itertools
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from bench.reading import AS_OF, report, write_csv
from bench.scratch import scratch_database
from creditrisk.embedded.product import WEB_WORKERS

ITEMS = 1_000_000
ROUNDS = 60
CLIENTS, SECONDS = 10, 10
LIMIT_RATIO = 3.0
LIMIT_P95_MILLISECONDS = 300
LIMIT_QUERIES = 12
PATH = "/receivables/aging/"
BUCKETS = 7
SUMS = ", ".join(
    f"SUM({kind}_amounts[{index}])" for kind in ("debit", "credit") for index in range(1, BUCKETS + 1)
)
BARE_TOTALS = (
    f"SELECT currency, COUNT(*), SUM(total_amount), SUM(overdue_amount), {SUMS}"
    " FROM receivables_agingsum WHERE report_id = %s GROUP BY currency"
)
BARE_LINES = (
    "SELECT c.number, c.name, s.currency, s.debit_amounts, s.credit_amounts, s.total_amount, s.overdue_amount"
    " FROM receivables_agingsum s JOIN customers_customer c ON c.id = s.customer_id WHERE s.report_id = %s"
    " ORDER BY s.currency, s.total_amount DESC, s.customer_id LIMIT 50"
)


STORED_TOTALS = (
    "SELECT currency, customers, total_amount, overdue_amount, debit_amounts, credit_amounts"
    " FROM receivables_agingtotal WHERE report_id = %s"
)


def milliseconds(action: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Return how long each of `rounds` calls takes, in order of length."""
    times = []
    for _round in range(rounds):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)


def fill() -> Any:
    """Import the items and return the committed report."""
    from receivables.services.imports import import_report

    with TemporaryDirectory() as folder:
        path = Path(folder) / "million.csv"
        write_csv(path, ITEMS)
        result = import_report(
            path=path, file_name=path.name, as_of=AS_OF, today=AS_OF, by=None, create_customers=True
        )
    assert result.report is not None
    return result.report


def p95(times: Sequence[float]) -> float:
    """Return the time within which 95 of 100 of `times`, in order of length, lie."""
    return times[int(len(times) * 0.95)]


def bare(report_id: int, totals: str = BARE_TOTALS) -> None:
    """Ask the database for the page's figures, by psycopg alone."""
    from django.db import connection

    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        for statement in (totals, BARE_LINES):
            cursor.execute(statement, [report_id])
            cursor.fetchall()


@contextmanager
def web_server(port: int) -> Iterator[None]:
    """Run the product's web server as `make run` does."""
    command = [
        *(sys.executable, "-m", "gunicorn", "creditrisk.wsgi:application", "--bind", f"127.0.0.1:{port}"),
        *("--no-control-socket", *WEB_WORKERS, "--log-level", "error"),
    ]
    server = subprocess.Popen(command, env=os.environ | {"CREDITRISK_WEB": "1"})
    try:
        for _attempt in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait(10)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def under_load(
    session: str, paths: Sequence[str], *, headers: Mapping[str, str] | None = None, sign: bytes = b"<h1"
) -> list[float]:
    """Return the milliseconds of every answer to 10 clients that ask for one path after the other without a pause;
    each answer holds `sign`."""
    times: list[float] = []
    port = free_port()
    asked = itertools.cycle(paths)
    sent = {"Cookie": f"sessionid={session}", **(headers or {})}

    def ask() -> None:
        # Not urllib: the clients share the processors with the server.
        with closing(HTTPConnection("127.0.0.1", port)) as connection:
            started = time.perf_counter()
            connection.request("GET", quote(next(asked), safe="/?=&"), headers=sent)
            assert sign in connection.getresponse().read()
        times.append((time.perf_counter() - started) * 1000)

    def client(until: float) -> None:
        while time.perf_counter() < until:
            ask()

    with web_server(port):
        for _warm in range(20):
            ask()
        times.clear()
        until = time.perf_counter() + SECONDS
        threads = [threading.Thread(target=client, args=(until,)) for _client in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return sorted(times)


def main() -> int:
    """Run the benchmark and return its exit status."""
    with scratch_database():
        kept = list(figures())
    return 0 if all(kept) else 1


def figures() -> Iterator[bool]:
    """Print every figure; yield for each limit whether it is kept."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from creditrisk.accounts.roles import Role
    from tests.factories.people import create_user, session_of

    imported = fill()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    session = session_of(create_user(Role.FINANCE_CLERK))
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session

    def page() -> None:
        response = client.get(PATH, HTTP_HOST="localhost")
        assert response.status_code == 200
        assert b"data-table" in response.content

    page()
    with CaptureQueriesContext(connection) as queries:
        page()
    query_count = len(queries)
    bare_times, page_times = milliseconds(lambda: bare(imported.pk)), milliseconds(page)
    bare_p50, page_p50 = statistics.median(bare_times), statistics.median(page_times)
    own = statistics.median(milliseconds(lambda: bare(imported.pk, STORED_TOTALS)))
    print(f"{'bare SQL, p50':<44} {bare_p50:8.1f} ms    the page's own statements {own:.1f} ms")
    print(f"{'page by customer, p50':<44} {page_p50:8.1f} ms")
    yield report("page against bare SQL, p50", page_p50 / bare_p50, LIMIT_RATIO, "×")
    yield report("page against bare SQL, best", page_times[0] / bare_times[0], LIMIT_RATIO, "×")
    yield report("queries of the page", query_count, LIMIT_QUERIES, "")
    times = under_load(session, [PATH])
    print(
        f"{f'{CLIENTS} clients, p50':<44} {statistics.median(times):8.1f} ms  {len(times) / SECONDS:.0f} pages/s"
    )
    yield report(f"{CLIENTS} clients, p95", p95(times), LIMIT_P95_MILLISECONDS, "ms")


if __name__ == "__main__":
    sys.exit(main())
