#!/usr/bin/env python
"""Runs the commands of the product, on embedded servers unless DATABASE_URL and REDIS_URL name others."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creditrisk.settings")
    from creditrisk.embedded.command_line import run_command

    run_command(sys.argv)


if __name__ == "__main__":
    main()
