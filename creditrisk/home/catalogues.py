"""Message catalogues: what is extracted from code and templates, and whether the Chinese ones are complete."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

LOCALES = ("zh_Hans", "zh_Hant")
SOURCES = ("creditrisk", "customers", "receivables", "reviews", "supervision", "templates")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
NAMED_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def _extract_template(
    fileobj: io.BufferedReader, _keywords: Any, _comment_tags: Any, options: Any
) -> Iterator[tuple[int, Any, Any, Any]]:
    """Extract from a Django template by Django's own conversion to gettext calls."""
    from babel.messages.extract import extract_python

    name = getattr(fileobj, "name", "template")
    source = templatize(fileobj.read().decode(), origin=name)
    # The indentation of HTML is none of Python's.
    source = "\n".join(line.lstrip() for line in source.split("\n"))
    yield from extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {**options, "encoding": "utf-8"})


def extract(base: Path) -> Catalog:
    """Return the catalogue of every translatable message in the project's code and templates."""
    catalogue = Catalog(project="creditrisk", charset="utf-8", fuzzy=False)
    methods = [
        ("**.py", "python"),
        ("**.html", "creditrisk.home.catalogues:_extract_template"),
        ("**.txt", "ignore"),
    ]
    for source in SOURCES:
        found = extract_from_dir(str(base / source), methods, keywords=KEYWORDS, comment_tags=())
        for file_name, _line, message, _comments, context in found:
            catalogue.add(message, None, [(f"{source}/{file_name}", 0)], context=context)
    for plain in _library_messages():
        catalogue.add(plain, None, [("libraries", 0)])
    return catalogue


def _library_messages() -> Iterable[str | tuple[str, str]]:
    from creditrisk.home.library_messages import LIBRARY_MESSAGES

    return LIBRARY_MESSAGES


def po_path(locale_path: Path, locale: str) -> Path:
    return locale_path / locale / "LC_MESSAGES" / "django.po"


def _read(path: Path, locale: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update(template: Catalog, path: Path, locale: str) -> None:
    """Bring the catalogue at `path` up to date: new messages empty, vanished ones dropped, nothing guessed."""
    catalogue = _read(path, locale)
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(
            file,
            catalogue,
            omit_header=False,
            sort_output=True,
            include_lineno=False,
            no_location=True,
            width=110,
        )


def compile_catalogue(path: Path) -> None:
    """Write the .mo file beside the .po file at `path`, unless it is there and no older.

    In one step: several processes may do it at once, and others read meanwhile.
    """
    compiled = path.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime_ns >= path.stat().st_mtime_ns:
        return
    with path.open("rb") as source:
        catalogue = read_po(source, locale=path.parent.parent.name)
    with NamedTemporaryFile("wb", dir=path.parent, suffix=".mo.new", delete=False) as target:
        write_mo(target, catalogue)
    scratch = Path(target.name)
    scratch.chmod(0o644)
    scratch.replace(compiled)


def problems(template: Catalog, path: Path, locale: str) -> list[str]:
    """Return what keeps the catalogue from being complete: missing, fuzzy, other placeholders than the source."""
    catalogue = _read(path, locale)
    found = []
    for message in template:
        if not message.id:
            continue
        translated = catalogue.get(message.id, context=message.context)
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        if translated is None or not any(_strings(translated.string)):
            found.append(f"{locale}: not translated: {ids[0]!r}")
        elif translated.fuzzy:
            found.append(f"{locale}: fuzzy: {ids[0]!r}")
        else:
            found += [
                f"{locale}: other placeholders: {ids[0]!r} → {text!r}"
                for text in _strings(translated.string)
                if not _same_placeholders(ids, text)
            ]
    return found


def _strings(value: Any) -> list[str]:
    return [text for text in (value if isinstance(value, (tuple, list)) else [value]) if text]


def _same_placeholders(ids: list[str], text: str) -> bool:
    """Whether the translation uses what the source offers; a plural may leave its number out."""
    offered, used = set(NAMED_PLACEHOLDER.findall(ids[-1])), set(NAMED_PLACEHOLDER.findall(text))
    return used <= offered and (len(ids) > 1 or used == offered)
