"""What the list of job runs can be narrowed by."""

from __future__ import annotations

import django_filters
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditrisk.jobs.models import JobRun
from creditrisk.jobs.schedule import jobs


def _choices() -> list[tuple[str, str | Promise]]:
    return [(job.code, job.label) for job in jobs()]


class JobRunFilter(django_filters.FilterSet):
    """Job and state."""

    job = django_filters.ChoiceFilter(label=_("job"), choices=_choices)
    state = django_filters.ChoiceFilter(label=_("state"), choices=JobRun.State.choices)

    class Meta:
        model = JobRun
        fields: tuple[str, ...] = ()
