"""Which customer or contract a page is about: what is not visible is not found."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

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


def handed_in(files: list[UploadedFile[bytes]]) -> list[HandedIn]:
    """Return name and content of uploaded files. Raises InvalidInputError for one that is too large, before it is
    read."""
    for file in files:
        require_file_size(file.size or 0)
    return [HandedIn(file.name or "", file.read()) for file in files]
