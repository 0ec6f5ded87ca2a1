"""The size of a picture is known from its head, whatever its body would unpack to."""

from __future__ import annotations

import pytest

from creditrisk.image_size import image_size
from tests.factories.images import jpeg_head, png


@pytest.mark.parametrize("size", [(1, 1), (60, 40), (2000, 2001), (65000, 65000)])
def test_png_and_jpeg(size: tuple[int, int]) -> None:
    assert image_size(png(*size, rows=b"")) == size
    assert image_size(jpeg_head(*size)) == size


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n" + b"x" * 40, b"GIF89a" + b"x" * 40, b"\xff\xd8",
     b"\xff\xd8" + b"x" * 40, b"\xff\xd8\xff\xe0\xff\xff" + b"x" * 40],
)  # fmt: skip
def test_what_states_no_size(content: bytes) -> None:
    assert image_size(content) is None
