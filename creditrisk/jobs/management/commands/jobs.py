"""jobs: how the jobs stand, and running one of them.

    manage.py jobs status --json
    manage.py jobs status --fail          # exit 1 where a job should have run and did not: for a monitor
    manage.py jobs catch-up [JOB]         # what the schedule does: run all that is due, in order
    manage.py jobs run JOB PERIOD

Exit 0: shown, or done; 1: some units failed, or a job is in trouble (--fail); 2: refused, nothing written.
"""

from __future__ import annotations

import json
import logging
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from creditrisk.business_days.selectors import business_calendar
from creditrisk.exceptions import BusinessError
from creditrisk.jobs.models import JobRun
from creditrisk.jobs.periods import starts_on
from creditrisk.jobs.schedule import Job, due_at, job_named, jobs
from creditrisk.jobs.selectors import JobState, job_states
from creditrisk.jobs.services import catch_up

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """The ledger of jobs."""

    help = (
        "Shows how the jobs stand, runs what is due, or one period of one job; no period is ever run twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        status = actions.add_parser("status", help="how every job stands")
        status.add_argument("--fail", action="store_true", help="exit 1 where a job is in trouble")
        catching = actions.add_parser("catch-up", help="run all that is due, in order")
        catching.add_argument("job", nargs="?", help="only this job")
        one = actions.add_parser("run", help="run one period of a job, unless it is done")
        one.add_argument("job")
        one.add_argument("period", help="2026-11-27, 2026-11, 2026Q4 or 2026, as the job's periods are")
        for action in (status, catching, one):
            action.add_argument("--json", action="store_true", help="as JSON on standard output")

    def handle(self, *_args: object, **options: Any) -> None:
        action = {"status": self._status, "catch-up": self._catch_up, "run": self._run}[options["action"]]
        action(options)

    def _status(self, options: dict[str, Any]) -> None:
        states = job_states(timezone.now())
        if options["json"]:
            told = {"jobs": [_as_json(state) for state in states]}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            for state in states:
                last = f"{state.last.period} {state.last.state}" if state.last else "–"
                waiting = ", ".join(state.waiting) or "–"
                self.stdout.write(f"{state.job.code:<24} {state.trouble or 'ok':<12} {last:<24} {waiting}")
        if options["fail"] and any(state.trouble for state in states):
            sys.exit(1)

    def _catch_up(self, options: dict[str, Any]) -> None:
        chosen = [self._job(options["job"])] if options["job"] else jobs()
        runs: list[JobRun] = []
        refused = False
        for job in chosen:
            try:
                runs += catch_up(job, now=timezone.now())
            except BusinessError as refusal:
                refused = True
                self.stderr.write(f"{job.code}: {refusal}")
            except Exception as error:
                # The ledger has it; the jobs after this one are due all the same.
                refused = True
                logger.exception("The job %s failed.", job.code)
                self.stderr.write(f"{job.code}: {type(error).__name__}: {error}")
        self._told(runs, options)
        if refused:
            sys.exit(1)

    def _run(self, options: dict[str, Any]) -> None:
        job = self._job(options["job"])
        try:
            starts_on(options["period"], job.cadence)
        except (ValueError, OverflowError) as error:
            text = _("“%(period)s” is no period of this job (%(cadence)s).")
            values = {"period": options["period"], "cadence": job.cadence.value}
            raise CommandError(text % values, returncode=2) from error
        moment = due_at(job, options["period"], business_calendar())
        if moment is None or moment > timezone.now():
            text = _("The period %(period)s is not due.") % {"period": options["period"]}
            raise CommandError(text, returncode=2)
        try:
            self._told([job.run(options["period"])], options)
        except BusinessError as refusal:
            raise CommandError(str(refusal), returncode=2) from refusal

    def _job(self, code: str) -> Job:
        job = job_named(code)
        if job is None:
            known = ", ".join(one.code for one in jobs())
            text = _("There is no job “%(job)s”. There are: %(known)s.") % {"job": code, "known": known}
            raise CommandError(text, returncode=2)
        return job

    def _told(self, runs: list[JobRun], options: dict[str, Any]) -> None:
        if options["json"]:
            told = {
                "runs": [
                    {
                        "job": run.job,
                        "period": run.period,
                        "state": run.state,
                        "units_done": run.units_done,
                        "units_failed": run.units_failed,
                        "error": run.error,
                    }
                    for run in runs
                ]
            }
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            for run in runs:
                self.stdout.write(f"{run.job} {run.period}: {run.state} ({run.units_done})")
        if any(run.state not in JobRun.SETTLED for run in runs):
            sys.exit(1)


def _as_json(state: JobState) -> dict[str, Any]:
    last = state.last
    return {
        "job": state.job.code,
        "cadence": state.job.cadence.value,
        "trouble": state.trouble or None,
        "at_work": state.is_at_work,
        "blocked": state.is_blocked,
        "waiting": list(state.waiting),
        "late_since": state.late_since and state.late_since.isoformat(),
        "next_period": state.next_period or None,
        "next_due_at": state.next_due_at and state.next_due_at.isoformat(),
        "last": last
        and {
            "period": last.period,
            "state": last.state,
            "attempts": last.attempts,
            "units_done": last.units_done,
            "units_failed": last.units_failed,
            "started_at": last.started_at.isoformat(),
            "finished_at": last.finished_at and last.finished_at.isoformat(),
            "error": last.error,
        },
    }
