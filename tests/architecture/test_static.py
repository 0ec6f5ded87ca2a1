"""What the browser gets: the vendored files are the pinned ones, and nothing points to another host."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
VENDOR = STATIC / "vendor"
CODE = sorted(
    path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.suffix in {".css", ".js"}
)
OWN = [name for name in CODE if not name.startswith("vendor/")]
BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def test_vendored_files_are_exactly_the_checksummed_ones() -> None:
    expected = dict(line.split("  ")[::-1] for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert found == expected


def test_vendored_packages_keep_their_licences() -> None:
    packages = [path for path in VENDOR.iterdir() if path.is_dir()]
    assert packages
    assert [path.name for path in packages if not (path / "LICENSE").is_file()] == []


@pytest.mark.parametrize("name", CODE)
def test_no_file_points_to_a_source_map(name: str) -> None:
    """Storage with hashed names refuses a file whose map is not there."""
    assert "sourceMappingURL" not in (STATIC / name).read_text()


@pytest.mark.parametrize("name", CODE)
def test_no_style_loads_from_another_host(name: str) -> None:
    code = BLOCK_COMMENT.sub("", (STATIC / name).read_text())
    assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^\s\"')]*", code) == []


@pytest.mark.parametrize("name", OWN)
def test_own_code_names_no_other_host(name: str) -> None:
    assert re.findall(r"https?://\S+", (STATIC / name).read_text()) == []


@pytest.mark.parametrize("name", [name for name in OWN if name.endswith(".js")])
def test_own_scripts_need_no_eval_and_write_no_html(name: str) -> None:
    code = (STATIC / name).read_text()
    assert (
        re.findall(r"\beval\(|new Function\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write", code)
        == []
    )


@pytest.mark.parametrize("name", [name for name in OWN if name.endswith(".css")])
def test_styles_use_only_colours_that_have_a_dark_value(name: str) -> None:
    """Outside of the token blocks a colour is a --cr-* token; red and green buttons are the exception."""
    rules = BLOCK_COMMENT.sub("", (STATIC / name).read_text())
    rules = re.sub(r"(:root|\[data-bs-theme=\"\w+\"\])[^{]*\{[^}]*\}", "", rules)
    strays = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules))
    assert strays <= {"#fff", "#b52c25", "#93221c", "#1f7a4f", "#19643f"}


def test_the_vendoring_script_pins_every_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(settings.BASE_DIR) / "tools"))
    sys.modules.pop("vendor_static", None)
    import vendor_static

    for package in (vendor_static.BOOTSTRAP, vendor_static.ICON_PACKAGE):
        assert re.fullmatch(r"\d+\.\d+\.\d+", package.version)
        assert re.fullmatch(r"[0-9a-f]{64}", package.sha256)
    assert vendor_static.checksums() == (VENDOR / "SHA256SUMS").read_text()


NEUTRAL = {"draft", "waiting"}


def test_every_state_has_its_tone() -> None:
    """A new state gets a colour on purpose; states that ask for nothing yet are grey."""
    codes = {
        code
        for model in apps.get_models()
        for field in model._meta.fields
        if field.name == "state"
        for code, _label in field.choices or ()
    }
    styled = set(re.findall(r"\.state-(\w+)", (STATIC / "css" / "components.css").read_text()))
    assert codes > NEUTRAL
    assert codes - styled == NEUTRAL
