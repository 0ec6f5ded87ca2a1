"""What `make run` does between servers and product: migrate, compile translations, load the demo once.

Run as a process of its own, `python -m creditrisk.embedded.preparation [--demo]`, with its environment.
It prints the demo's log-ins to standard output where the demo is loaded, and all else to standard error.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from pathlib import Path

from creditrisk.embedded.addresses import DataFolder
from creditrisk.embedded.command_line import bring_up_to_date
from creditrisk.embedded.console import note
from creditrisk.embedded.environment import chosen_data_dir

LOADING, LOADED, WITHOUT = "loading", "loaded", "without"


def demo_marker(folder: DataFolder) -> Path:
    """Return the file that says whether this data folder holds the demo; the first start decides."""
    return folder.path / "demo"


def demo_state(folder: DataFolder) -> str:
    """Return LOADING, LOADED or WITHOUT; empty before the first start."""
    marker = demo_marker(folder)
    return marker.read_text(encoding="ascii").strip() if marker.exists() else ""


def set_demo_state(folder: DataFolder, state: str) -> None:
    """Record it in one step."""
    scratch = demo_marker(folder).with_suffix(".new")
    scratch.write_text(state, encoding="ascii")
    scratch.replace(demo_marker(folder))


def forget_half_a_demo(folder: DataFolder) -> None:
    """Empty database and files of a data folder whose first start was killed while loading the demo."""
    import psycopg
    from django.db import connection
    from psycopg import sql

    note("The last start was interrupted while it loaded the demo; starting afresh ...")
    name = sql.Identifier(connection.settings_dict["NAME"])
    where = connection.get_connection_params() | {"dbname": "postgres"}
    connection.close()
    with psycopg.connect(**where, autocommit=True) as maintenance:
        maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        maintenance.execute(sql.SQL("CREATE DATABASE {}").format(name))
    for files in ("media", "mail"):
        shutil.rmtree(folder.path / files, ignore_errors=True)


def demo_options() -> list[str]:
    """Return the options of `load_demo` from CREDITRISK_DEMO_OPTIONS, for a smaller demo or an earlier one."""
    return shlex.split(os.environ.get("CREDITRISK_DEMO_OPTIONS", ""))


def is_empty() -> bool:
    """Return whether nobody has worked with this database yet."""
    from django.contrib.auth import get_user_model

    return not get_user_model().objects.exists()


def prepare(folder: DataFolder, *, demo: bool) -> None:
    """Bring the data folder to where the product can start on it."""
    import django
    from django.core.management import call_command

    django.setup()
    if demo_state(folder) == LOADING:
        forget_half_a_demo(folder)
        set_demo_state(folder, "")
    bring_up_to_date(folder)
    if not demo_state(folder):
        if demo and is_empty():
            note("Loading the demo company (first start only; DEMO=0 leaves it out) ...")
            set_demo_state(folder, LOADING)
            call_command("load_demo", *demo_options(), stdout=sys.stderr)
            set_demo_state(folder, LOADED)
        else:
            set_demo_state(folder, WITHOUT)
    if demo and demo_state(folder) == LOADED:
        call_command("demo_logins")


def main() -> None:
    """Prepare the chosen data folder."""
    parser = argparse.ArgumentParser(prog="creditrisk.embedded.preparation")
    parser.add_argument("--demo", action="store_true")
    prepare(DataFolder(chosen_data_dir()), demo=parser.parse_args().demo)


if __name__ == "__main__":
    main()
