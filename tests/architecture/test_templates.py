"""Every template compiles, obeys the content-security policy, protects its forms and can be translated.

The checks read the source, so that a branch that no test renders is checked as well.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from creditrisk.context_processors import MENU

ROOT = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.html"))
SPRITE = Path(settings.BASE_DIR) / "static" / "vendor" / "bootstrap-icons" / "sprite.svg"

COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}|<!--.*?-->", re.DOTALL)
BLOCKTRANSLATE = re.compile(
    r"\{%\s*blocktrans(?:late)?\b.*?%\}.*?\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL
)
# {% block page_class %}: what is inside is the value of a class attribute.
CLASS_BLOCK = re.compile(r"\{%\s*block \w+_class\s*%\}.*?\{%\s*endblock\b.*?%\}", re.DOTALL)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{2,}")
SPOKEN_ATTRIBUTES = {
    "alt",
    "aria-label",
    "content",
    "data-confirm",
    "data-confirm-label",
    "placeholder",
    "title",
}
LITERAL_TEXT = re.compile(
    r"\{%\s*include\b[^%]*?\b(label|text|title|hint|unit|reason|action_label)=\"([^\"]*)\"", re.DOTALL
)
# Names and technical words that are the same in every language.
SAME_IN_EVERY_LANGUAGE = {"Creditrisk", "CSV", "CNY", "xlsx", "csv", "PDF", "ID", "DSO"}
SPOKEN_META = {"description"}


def source_of(name: str) -> str:
    """Return the template's source without its comments; a piece that is all attributes comes in a tag of its own."""
    source = COMMENT.sub("", (ROOT / name).read_text())
    return f"<form {source}>" if name.endswith("_attributes.html") else source


def untranslated(text: str) -> bool:
    """Return whether the text has a word that no catalogue can translate."""
    return any(word not in SAME_IN_EVERY_LANGUAGE for word in WORD.findall(text))


class Reader(HTMLParser):
    """Collects what the checks look at in one template, its template tags blanked out."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forbidden: list[str] = []
        self.texts: list[str] = []
        self._silent = 0
        for pattern in (BLOCKTRANSLATE, CLASS_BLOCK, TAG):
            source = pattern.sub(" ", source)
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note inline code and style, and the attributes that people read or hear."""
        values = {name: value or "" for name, value in attrs}
        self.forbidden += [name for name in values if name == "style" or name.startswith("on")]
        self.forbidden += [name for name, value in values.items() if value.strip().startswith("javascript:")]
        if tag in {"script", "style", "code"}:
            self._silent += 1
        is_data = values.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in values and not is_data):
            self.forbidden.append(f"<{tag}>")
        if tag != "meta" or values.get("name") in SPOKEN_META:
            self.texts += [values[name] for name in SPOKEN_ATTRIBUTES & values.keys()]

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "code"}:
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def unprotected_forms(source: str) -> list[str]:
    """Return the opening tags of POST forms without a CSRF token before their end."""
    found = []
    for match in re.finditer(r"<form\b[^>]*\bmethod=\"post\"[^>]*>", source, re.IGNORECASE):
        end = source.find("</form>", match.end())
        if "{% csrf_token %}" not in source[match.end() : end if end >= 0 else None]:
            found.append(match[0])
    return found


def test_templates_are_found() -> None:
    assert {"base.html", "404.html", "django_tables2/creditrisk.html"} <= set(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_compiles_and_what_it_names_exists(name: str) -> None:
    get_template(name)
    for included in re.findall(r"\{%\s*(?:include|extends)\s+\"([^\"]+)\"", source_of(name)):
        get_template(included)


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_has_no_inline_code_or_style(name: str) -> None:
    assert Reader(source_of(name)).forbidden == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_loads_nothing_from_elsewhere(name: str) -> None:
    assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//[^\"]*", source_of(name)) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_protects_its_forms(name: str) -> None:
    assert unprotected_forms(source_of(name)) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_speaks_through_the_catalogues(name: str) -> None:
    source = source_of(name)
    spoken = [text.strip() for text in Reader(source).texts if untranslated(text)]
    literals = [text for _name, text in LITERAL_TEXT.findall(source) if untranslated(text)]
    assert spoken + literals == []


def test_every_icon_is_in_the_sprite() -> None:
    sprite = set(re.findall(r"<symbol id=\"([^\"]+)\"", SPRITE.read_text()))
    named = {entry.icon for section in MENU for entry in section.entries}
    for name in TEMPLATES:
        named |= set(re.findall(r"(?:\{% icon |\bicon_name=)\"([^\"]+)\"", source_of(name)))
    assert named - sprite == set()


@pytest.mark.parametrize(
    ("source", "forbidden"),
    [
        ('<p style="color:red">', ["style"]),
        ('<button onclick="go()">', ["onclick"]),
        ("<script>go()</script>", ["<script>"]),
        ('<script type="application/json">{}</script>', []),
        ('<script src="x.js"></script>', []),
        ('<a href="javascript:go()">', ["href"]),
    ],
)
def test_the_check_of_inline_code_can_fail(source: str, forbidden: list[str]) -> None:
    assert Reader(source).forbidden == forbidden


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Open items</p>", True),
        ('<p>{% translate "Open items" %}: {{ count }}</p>', False),
        ("<p>{% blocktranslate %}Open items{% endblocktranslate %}</p>", False),
        ('<img alt="Open items">', True),
        ("<p>Creditrisk · 1–30</p>", False),
        ("<p>未清项</p>", True),
    ],
)
def test_the_check_of_translation_can_fail(source: str, found: bool) -> None:
    assert any(untranslated(text) for text in Reader(source).texts) is found


def test_the_check_of_forms_can_fail() -> None:
    assert unprotected_forms('<form method="post"></form><form method="post">{% csrf_token %}</form>') == [
        '<form method="post">'
    ]


BLOCKS = re.compile(r"<(/?)(div|section|aside|table|thead|tbody|tr|td|ul|dl|details|form|nav|main)\b[^>]*>")
CODE = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
BRANCHES = {"allauth/elements/field.html"}
"""Opens a block in each of two branches and closes it once."""


@pytest.mark.parametrize("name", sorted(set(TEMPLATES) - BRANCHES))
def test_every_block_is_closed_where_it_was_opened(name: str) -> None:
    """A stray end tag moves all that follows into another column, and no browser complains."""
    open_blocks: list[str] = []
    for end, block in BLOCKS.findall(CODE.sub("", (ROOT / name).read_text())):
        if not end:
            open_blocks.append(block)
            continue
        assert open_blocks, f"</{block}> closes nothing"
        assert open_blocks.pop() == block
    assert open_blocks == []
