"""What the list of job runs can be narrowed by."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from creditrisk.jobs.models import JobRun
from creditrisk.jobs.tables import JOB_LABELS


class JobRunFilter(django_filters.FilterSet):
    """Job and state."""

    job = django_filters.ChoiceFilter(label=_("job"), choices=list(JOB_LABELS.items()))
    state = django_filters.ChoiceFilter(label=_("state"), choices=JobRun.State.choices)

    class Meta:
        model = JobRun
        fields: tuple[str, ...] = ()
