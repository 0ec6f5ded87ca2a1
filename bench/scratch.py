"""A database of its own for a benchmark: on embedded servers in a temporary folder, or beside DATABASE_URL's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

NAME = "creditrisk_bench"


@contextmanager
def scratch_database() -> Iterator[None]:
    """Set Django up on an empty, migrated database; it is dropped at the end."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="creditrisk-bench-")))
        if not os.environ.get("DATABASE_URL"):
            from creditrisk.embedded import running_servers
            from creditrisk.embedded.environment import local_environment
            from creditrisk.embedded.servers import wait_until_stopped

            held.callback(wait_until_stopped, folder, timeout_seconds=20)
            os.environ.update(local_environment(folder, held.enter_context(running_servers(folder))))
        os.environ |= {"DJANGO_SETTINGS_MODULE": "creditrisk.settings", "MEDIA_ROOT": str(folder / "media")}
        os.environ.setdefault("CREDITRISK_LOCAL", "1")
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        import django

        django.setup()
        held.enter_context(_database())
        yield


@contextmanager
def _database() -> Iterator[None]:
    from django.core.management import call_command
    from django.db import connection

    original = connection.get_connection_params() | {"autocommit": True}
    name = sql.Identifier(NAME)
    with psycopg.connect(**_plain(original)) as server:
        server.autocommit = True
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
        connection.settings_dict["NAME"] = NAME
        call_command("migrate", verbosity=0, skip_checks=True)
        try:
            yield
        finally:
            connection.close()
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def _plain(params: dict[str, object]) -> dict[str, object]:
    """Return what a bare connection needs of Django's parameters."""
    return {key: params[key] for key in ("host", "port", "user", "password", "dbname") if params.get(key)}
