"""A body larger than its address takes is answered 413 before anything of it is read (fault 38)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from creditrisk.accounts.models import User
from creditrisk.accounts.roles import Role
from creditrisk.request_size import (
    RequestSizeMiddleware,
    announced_bytes,
    body_max_bytes,
    takes_files,
)
from tests.factories.people import create_user
from tests.security.test_access_matrix import product_routes

FORM_BYTES = 100
FILES = {"receivables:upload_create": "CREDITRISK_REPORT_MAX_BYTES",
         "receivables:upload_correct": "CREDITRISK_REPORT_MAX_BYTES",
         "exchange_rates:upload": "CREDITRISK_ATTACHMENT_MAX_BYTES",
         "customers:import_create": "CREDITRISK_CUSTOMERS_FILE_MAX_BYTES",
         **dict.fromkeys(("receivables:proposal_create", "reviews:attach", "contracts:attach", "contracts:log",
                          "customers:qualification_create", "customers:qualification_edit",
                          "portfolio:visit_attach", "portfolio:visit_record", "portfolio:visit_record_new",
                          "supervision:files_add"),
                         "CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES")}  # fmt: skip
"""Every address that takes files. All others take a form."""


class Unreadable(io.RawIOBase):
    """A body that nobody may touch."""

    def read(self, *_size: int) -> bytes:
        raise AssertionError("the body was read")


def a_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(sorted(request.POST.items())))


@takes_files("CREDITRISK_REPORT_MAX_BYTES")
def a_file(request: HttpRequest) -> HttpResponse:
    return a_form(request)


@pytest.fixture(autouse=True)
def small_limits(settings: Any) -> None:
    settings.CREDITRISK_FORM_MAX_BYTES = FORM_BYTES
    settings.CREDITRISK_REPORT_MAX_BYTES = 1000
    settings.CREDITRISK_ATTACHMENTS_AT_ONCE_MAX_BYTES = 2000


def answer(request: HttpRequest, view: Any = a_form) -> HttpResponse:
    """Return what comes of a request: the refusal, or the view's own answer."""
    middleware = RequestSizeMiddleware(view)
    return middleware.process_view(request, view, (), {}) or middleware(request)


def announcing(length: object) -> HttpRequest:
    return RequestFactory().post("/", CONTENT_LENGTH=length, **{"wsgi.input": Unreadable()})


def in_chunks(body: bytes, *, coding: str = "chunked") -> HttpRequest:
    """Return a request as gunicorn passes one on whose sender states no length."""
    request = RequestFactory().post("/", content_type="application/x-www-form-urlencoded")
    environ = request.environ | {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}
    del environ["CONTENT_LENGTH"]
    return type(request)(environ | {"HTTP_TRANSFER_ENCODING": coding})


@pytest.mark.parametrize(("view", "limit"), [(a_form, FORM_BYTES), (a_file, FORM_BYTES + 1000)])
def test_the_announced_length_decides_unread(view: Any, limit: int) -> None:
    assert body_max_bytes(view) == limit
    middleware = RequestSizeMiddleware(view)
    assert middleware.process_view(announcing(limit), view, (), {}) is None
    assert answer(announcing(limit + 1), view).status_code == 413


@pytest.mark.parametrize("stated", ["", "many", "-5", None])
def test_a_length_that_is_none_counts_as_nothing(stated: object) -> None:
    request = HttpRequest()
    request.META["CONTENT_LENGTH"] = stated
    assert announced_bytes(request) == 0


def test_a_body_in_chunks_is_read_up_to_the_limit_and_reaches_the_view() -> None:
    """a=1&b=xx…: 100 bytes pass and are parsed, 101 do not."""
    body = b"a=1&b=" + b"x" * (FORM_BYTES - 6)
    response = answer(in_chunks(body, coding="gzip, Chunked"))
    assert response.content.decode() == f"[('a', '1'), ('b', '{'x' * 94}')]"
    assert answer(in_chunks(body + b"x")).status_code == 413


def test_an_endless_body_in_chunks_is_left_at_the_limit() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            Endless.taken += size
            return b"x" * size

    request = in_chunks(b"")
    request.META["wsgi.input"] = Endless()
    assert answer(request).status_code == 413
    assert Endless.taken < 1024 * 1024


@pytest.mark.parametrize("left_out", ["wsgi.input_terminated", "HTTP_TRANSFER_ENCODING"])
def test_a_body_that_nobody_would_read_is_left_alone(left_out: str) -> None:
    request = in_chunks(b"a=1")
    request.META.pop(left_out)
    request.META["wsgi.input"] = Unreadable()
    assert answer(request).content == b"[]"


# The product ------------------------------------------------------------------------------------------------------


def test_every_address_takes_a_form_but_those_that_take_files() -> None:
    found = {}
    for name, pattern in product_routes():
        callback = callback_of(name, pattern)
        setting = getattr(callback, "files_max_bytes_setting", None)
        if setting:
            found[name] = setting
    assert found == FILES


def callback_of(name: str, pattern: str) -> Any:
    """Return the view behind an address, as the middleware gets it."""
    for space, resolver in get_resolver().namespace_dict.values():
        del space
        for entry in resolver.url_patterns:
            if getattr(entry, "name", None) == name.partition(":")[2] and pattern.endswith(
                str(entry.pattern)
            ):
                return entry.callback
    raise AssertionError(f"{name} has no view")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "limit"),
    [
        ("/account/login/", FORM_BYTES),
        ("/me/", FORM_BYTES),
        ("/admin/accounts/user/add/", FORM_BYTES),
        ("/receivables/uploads/new/", FORM_BYTES + 1000),
        ("/reviews/R-1/attachments/", FORM_BYTES + 2000),
    ],
)
def test_strangers_and_members_alike_are_refused_in_their_language(
    client: Client, address: str, limit: int
) -> None:
    """Before the token is looked for, before the log-in: nothing of the body is parsed."""
    strict = Client(enforce_csrf_checks=True)
    for language, words in (("en", "The file is too large"), ("zh-hans", "请拆分文件")):
        response = strict.post(address, CONTENT_LENGTH=limit + 1, HTTP_ACCEPT_LANGUAGE=language)
        assert response.status_code == 413
        assert words in response.content.decode()
    client.force_login(create_user(Role.FINANCE_CLERK))
    assert client.post(address, CONTENT_LENGTH=limit + 1).status_code == 413


@pytest.mark.django_db
def test_a_form_within_the_limit_passes(client: Client) -> None:
    person = create_user(Role.FINANCE_CLERK)
    client.force_login(person)
    data = "phone=021-5555&mails_wanted="
    response = client.post(
        reverse("accounts:profile"), data, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 302
    assert User.objects.get(pk=person.pk).phone == "021-5555"
