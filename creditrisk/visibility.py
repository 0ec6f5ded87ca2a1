"""Rows that have no readers of their own: they are seen by exactly those who see what they belong to."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from creditrisk.accounts.models import User


class SeenWithParent(models.QuerySet[Any]):
    """A queryset whose rows are visible with the row that the foreign key `parent` points to."""

    parent: ClassVar[str]

    def visible_to(self, user: User) -> SeenWithParent:
        """Return the rows of those parents that `user` may see."""
        parents: Any = self.model._meta.get_field(self.parent).related_model
        return self.filter(**{f"{self.parent}__in": parents.objects.visible_to(user)})


class SeenWithCustomer(SeenWithParent):
    """Rows of a customer, seen with him."""

    parent = "customer"


class SeenWithReport(SeenWithParent):
    """Rows of an aging report, seen with it."""

    parent = "report"


class SeenWithReview(SeenWithParent):
    """Rows of a review, seen with it."""

    parent = "review"


class SeenWithContract(SeenWithParent):
    """Rows of a contract, seen with it."""

    parent = "contract"


class SeenWithDispute(SeenWithParent):
    """Rows of a dispute, seen with it."""

    parent = "dispute"


class SeenWithAccount(SeenWithParent):
    """Rows of a deposit account, seen with it."""

    parent = "account"


class SeenWithVisit(SeenWithParent):
    """Rows of a visit, seen with it."""

    parent = "visit"


class SeenWithHandover(SeenWithParent):
    """Rows of a handover, seen with it."""

    parent = "handover"


class SeenWithStep(SeenWithParent):
    """Rows of an approval step, seen with it."""

    parent = "step"


class SeenWithPromise(SeenWithParent):
    """Rows of a promise to pay, seen with it."""

    parent = "promise"


class SeenWithProposal(SeenWithParent):
    """Rows of a proposal about cooperation, seen with it."""

    parent = "proposal"


class SeenWithCase(SeenWithParent):
    """Rows of an early-warning case, seen with it."""

    parent = "case"
