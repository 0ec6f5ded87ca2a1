"""A database of its own for a benchmark: on embedded servers in a temporary folder, or beside DATABASE_URL's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from environ import Env
from psycopg import sql

NAME = "creditrisk_bench"


@contextmanager
def scratch_database() -> Iterator[None]:
    """Set Django up on an empty, migrated database, for this process and its children; it is dropped at the end."""
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
        held.enter_context(_database(os.environ["DATABASE_URL"]))
        yield


@contextmanager
def _database(beside: str) -> Iterator[None]:
    parts = Env.db_url_config(beside)
    names = {"dbname": "NAME", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    wanted = {name: parts[key] for name, key in names.items() if parts.get(key)}
    ours = sql.Identifier(NAME)
    with psycopg.connect(**wanted, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(ours))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(ours))
        address, _name = beside.split("?")[0].rsplit("/", 1)
        os.environ["DATABASE_URL"] = f"{address}/{NAME}"
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0, skip_checks=True)
    try:
        yield
    finally:
        connection.close()
        # Anew: a benchmark may have ended every session of the server.
        with psycopg.connect(**wanted, autocommit=True) as server:
            try:
                # PostgreSQL ends an autovacuum worker by itself, which FORCE may not.
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(ours))
            except psycopg.errors.ObjectInUse:
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(ours))
