"""Which customer or contract a page is about: what is not visible is not found."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from creditrisk.accounts.requests import person_of
from creditrisk.stored_files import require_file_size
from customers import contract_selectors
from customers.models import Contract, ContractDispute, ContractOverride
from customers.services import HandedIn


def contract_or_404(request: HttpRequest, pk: int) -> Contract:
    """Return a contract that the person may see, with everything its refusals read."""
    return get_object_or_404(contract_selectors.contract_for_page(person_of(request)), pk=pk)


def dispute_or_404(request: HttpRequest, pk: int) -> ContractDispute:
    """Return a dispute that the person may see, with everything its page shows."""
    return get_object_or_404(contract_selectors.dispute_for_page(person_of(request)), pk=pk)


def override_or_404(request: HttpRequest, pk: int) -> ContractOverride:
    """Return an override that the person may see."""
    return get_object_or_404(contract_selectors.visible_overrides(person_of(request)), pk=pk)


def changing(find: Callable[[HttpRequest, int], Model]) -> Callable[..., Callable[..., HttpResponse]]:
    """Return a decorator that lets only a POST through to a view that changes what `find` finds; whoever comes by a
    link (after a new log-in, say) is led to its page."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @require_http_methods(["GET", "POST"])
        @wraps(view)
        def answer(request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
            if request.method == "GET":
                return redirect(find(request, pk))  # type: ignore[call-overload, no-any-return]
            return view(request, pk, **kwargs)

        return answer

    return decorate


def handed_in(files: list[UploadedFile[bytes]]) -> list[HandedIn]:
    """Return name and content of uploaded files. Raises InvalidInputError for one that is too large, before it is
    read."""
    for file in files:
        require_file_size(file.size or 0)
    return [HandedIn(file.name or "", file.read()) for file in files]
