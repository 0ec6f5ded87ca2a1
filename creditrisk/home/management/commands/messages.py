"""Translations without GNU gettext: extract, update, compile and check the catalogues with Babel."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from creditrisk.home import catalogues


class Command(BaseCommand):
    help = "Extract, update, compile or check the message catalogues in locale/."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("action", choices=["extract", "update", "compile", "check"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        locale_path = Path(settings.LOCALE_PATHS[0])
        if action == "compile":
            for locale in catalogues.LOCALES:
                catalogues.compile_catalogue(catalogues.po_path(locale_path, locale))
            return
        template = catalogues.extract(settings.BASE_DIR)
        if action == "extract":
            for message in template:
                if message.id:
                    self.stdout.write(str(message.id))
        elif action == "update":
            for locale in catalogues.LOCALES:
                catalogues.update(template, catalogues.po_path(locale_path, locale), locale)
        else:
            problems = [
                problem
                for locale in catalogues.LOCALES
                for problem in catalogues.problems(template, catalogues.po_path(locale_path, locale), locale)
            ]
            if problems:
                raise CommandError("\n".join(problems))
            self.stderr.write(
                f"translations complete: {len(list(template))} messages, {len(catalogues.LOCALES)} languages"
            )
