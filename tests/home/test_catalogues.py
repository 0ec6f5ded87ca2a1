"""A missing translation fails the check."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from babel.messages import Catalog
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

from creditrisk.home import catalogues


@pytest.fixture
def template() -> Catalog:
    catalogue = Catalog()
    catalogue.add("Due date")
    catalogue.add("%(name)s is late")
    catalogue.add(("%(count)s item", "%(count)s items"))
    return catalogue


def _write(path: Path, texts: dict[str, str]) -> None:
    body = [
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n'
    ]
    for source, text in texts.items():
        if source == "%(count)s item":
            body.append(f'msgid "{source}"\nmsgid_plural "%(count)s items"\nmsgstr[0] "{text}"\n')
        else:
            body.append(f'msgid "{source}"\nmsgstr "{text}"\n')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(body), encoding="utf-8")


def test_no_text_is_translated_inside_an_f_string() -> None:
    """The extraction does not look into them: the text would stay English without anybody being told."""
    sources = [
        path
        for app in ("creditrisk", "customers", "receivables", "reviews", "supervision")
        for path in (settings.BASE_DIR / app).rglob("*.py")
    ]
    assert len(sources) > 300
    hidden = [path.name for path in sources if re.search(r"\{(_|n?gettext)\(", path.read_text())]
    assert hidden == []


COMPLETE = {"Due date": "到期日", "%(name)s is late": "%(name)s 逾期", "%(count)s item": "%(count)s 项"}


def test_a_complete_catalogue_has_no_problems(tmp_path: Path, template: Catalog) -> None:
    path = catalogues.po_path(tmp_path, "zh_Hans")
    _write(path, COMPLETE)
    assert catalogues.problems(template, path, "zh_Hans") == []


@pytest.mark.parametrize("missing", COMPLETE)
def test_a_missing_translation_is_a_problem(tmp_path: Path, template: Catalog, missing: str) -> None:
    path = catalogues.po_path(tmp_path, "zh_Hans")
    _write(path, {source: text for source, text in COMPLETE.items() if source != missing})
    assert catalogues.problems(template, path, "zh_Hans") == [f"zh_Hans: not translated: {missing!r}"]


def test_a_missing_file_lists_every_message(tmp_path: Path, template: Catalog) -> None:
    assert len(catalogues.problems(template, catalogues.po_path(tmp_path, "zh_Hant"), "zh_Hant")) == 3


@pytest.mark.parametrize("wrong", ["逾期", "%(nane)s 逾期"])
def test_other_placeholders_than_the_source_are_a_problem(
    tmp_path: Path, template: Catalog, wrong: str
) -> None:
    path = catalogues.po_path(tmp_path, "zh_Hans")
    _write(path, {**COMPLETE, "%(name)s is late": wrong})
    assert catalogues.problems(template, path, "zh_Hans") == [
        f"zh_Hans: other placeholders: '%(name)s is late' → {wrong!r}"
    ]


def test_update_keeps_translations_adds_new_messages_and_drops_old_ones(
    tmp_path: Path, template: Catalog
) -> None:
    path = catalogues.po_path(tmp_path, "zh_Hans")
    _write(path, {"Due date": "到期日", "Vanished": "消失"})
    catalogues.update(template, path, "zh_Hans")
    text = path.read_text(encoding="utf-8")
    assert "到期日" in text
    assert "is late" in text
    assert "消失" not in text


def test_a_compiled_catalogue_is_read_by_django(tmp_path: Path, settings: object) -> None:
    path = catalogues.po_path(tmp_path, "zh_Hans")
    _write(path, {"A sentence only this test knows": "只有这个测试知道的句子"})
    catalogues.compile_catalogue(path)
    settings.LOCALE_PATHS = [tmp_path]  # type: ignore[attr-defined]
    translation.trans_real._translations.clear()
    try:
        with translation.override("zh-hans"):
            assert translation.gettext("A sentence only this test knows") == "只有这个测试知道的句子"
    finally:
        translation.trans_real._translations.clear()


def test_a_catalogue_is_compiled_anew_only_when_it_changed(tmp_path: Path) -> None:
    path = catalogues.po_path(tmp_path, "zh_Hans")
    _write(path, {"Due date": "到期日"})
    catalogues.compile_catalogue(path)
    compiled = path.with_suffix(".mo")
    compiled.write_bytes(b"as it was")
    catalogues.compile_catalogue(path)
    assert compiled.read_bytes() == b"as it was"
    os.utime(compiled, ns=(0, path.stat().st_mtime_ns - 1))
    catalogues.compile_catalogue(path)
    assert "到期日".encode() in compiled.read_bytes()
    assert [file.name for file in path.parent.iterdir() if file.suffix == ".new"] == []


def test_templates_and_code_are_both_extracted() -> None:
    found = {message.id for message in catalogues.extract(settings.BASE_DIR)}
    assert "Waiting for you" in found, "from templates/home/start.html"
    assert "Account manager" in found, "from creditrisk/accounts/roles.py"


def test_the_project_s_own_catalogues_are_complete() -> None:
    call_command("messages", "check")


def test_the_check_fails_on_an_empty_folder(tmp_path: Path, settings: object) -> None:
    settings.LOCALE_PATHS = [tmp_path]  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="not translated"):
        call_command("messages", "check")
