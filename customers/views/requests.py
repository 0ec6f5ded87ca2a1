"""For which customer a page was asked: who is not visible is not found."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from creditrisk.accounts.requests import person_of
from customers import selectors
from customers.models import Customer


def customer_or_404(request: HttpRequest, number: str) -> Customer:
    """Return a customer that the person may see."""
    return get_object_or_404(selectors.visible_customers(person_of(request)), number=number)
