"""A page asks the database once for what several of its cards show; a request that writes asks every time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse

from creditrisk.memo import answers_kept, asked_once
from creditrisk.middleware import AnswersKeptMiddleware


@pytest.fixture
def asked() -> tuple[list[Any], Callable[..., int | None]]:
    calls: list[Any] = []

    @asked_once
    def ask(number: int, *, kind: str = "") -> int | None:
        calls.append((number, kind))
        return number or None

    return calls, ask


def test_the_same_question_is_asked_once_and_another_one_anew(asked: Any) -> None:
    calls, ask = asked
    with answers_kept():
        assert [ask(1), ask(1), ask(1, kind="x"), ask(2), ask(1, kind="x")] == [1, 1, 1, 2, 1]
    assert calls == [(1, ""), (1, "x"), (2, "")]


def test_no_answer_is_an_answer(asked: Any) -> None:
    calls, ask = asked
    with answers_kept():
        assert ask(0) is ask(0) is None
    assert calls == [(0, "")]


def test_outside_nothing_is_kept(asked: Any) -> None:
    calls, ask = asked
    for _ in range(2):
        ask(1)
        with answers_kept():
            ask(1)
    assert len(calls) == 4


def test_a_block_within_another_is_part_of_it(asked: Any) -> None:
    calls, ask = asked
    with answers_kept():
        ask(1)
        with answers_kept():
            ask(1)
            ask(2)
        ask(2)
    assert calls == [(1, ""), (2, "")]
    ask(2)
    assert len(calls) == 3


@pytest.mark.parametrize(("method", "count"), [("GET", 1), ("HEAD", 1), ("POST", 2)])
def test_requests_that_only_read_keep_answers(asked: Any, method: str, count: int) -> None:
    calls, ask = asked

    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(str([ask(1), ask(1)]))

    request = HttpRequest()
    request.method = method
    assert AnswersKeptMiddleware(view)(request).content == b"[1, 1]"
    assert len(calls) == count
