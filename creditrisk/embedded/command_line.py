"""What `manage.py` does around a command: servers where they are needed, with an up-to-date database."""

from __future__ import annotations

import os
import secrets
import sys
import warnings
from collections.abc import Sequence

from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.console import note
from creditrisk.embedded.environment import chosen_data_dir, local_environment
from creditrisk.embedded.errors import EmbeddedServerError
from creditrisk.embedded.locks import lock_held
from creditrisk.embedded.servers import running_servers

WITHOUT_DATABASE = {
    "approval_chain_diagram",
    "check",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "makemigrations",
    "messages",
    "startapp",
    "startproject",
    "version",
}
WITHOUT_MIGRATING = {"dbshell", "flush", "inspectdb", "migrate", "showmigrations", "sqlmigrate", "test"}
NO_DATABASE_URL = "postgres:////nonexistent/creditrisk"
MIGRATING_SECONDS = 600


def run_command(argv: Sequence[str]) -> None:
    """Run a management command, on embedded servers unless DATABASE_URL names others."""
    # Here, because importing it costs what the commands without Django's start need not pay.
    from django.core.management import execute_from_command_line

    if os.environ.get("DATABASE_URL"):
        if argv[1:2] != ["check"]:
            # A command signs nothing that outlives it; the web process still asks for a key of its own.
            os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
        execute_from_command_line(list(argv))
        return
    if not needs_database(argv):
        os.environ.setdefault("CREDITRISK_LOCAL", "1")
        os.environ["DATABASE_URL"] = NO_DATABASE_URL
        # makemigrations compares with a database where it finds one; here it is told that there is none.
        warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")
        execute_from_command_line(list(argv))
        return
    data_dir = chosen_data_dir()
    try:
        with running_servers(data_dir) as addresses:
            os.environ.update(local_environment(data_dir, addresses))
            if argv[1] not in WITHOUT_MIGRATING:
                bring_up_to_date(DataFolder(data_dir))
            execute_from_command_line(list(argv))
    except EmbeddedServerError as error:
        sys.exit(f"Error: {error}")


def needs_database(argv: Sequence[str]) -> bool:
    """Return whether this command line does more than show help or look at the code."""
    if len(argv) < 2 or argv[1].startswith("-") or {"-h", "--help", "--version"} & set(argv[2:]):
        return False
    if argv[1] == "check":
        return "--database" in argv
    return argv[1] not in WITHOUT_DATABASE


def bring_up_to_date(folder: DataFolder) -> None:
    """Apply the migrations which the database of this data folder lacks, one process at a time, and compile the
    translations that are not.
    """
    import django
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    call_command("messages", "compile")
    with lock_held(folder.migrate_lock, timeout_seconds=MIGRATING_SECONDS):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            note(f"Preparing the database in {folder.path} ...")
            call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
    connection.close()
