from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = _("Supervision")

    def ready(self) -> None:
        from supervision.summary_registry import register_summary_sections

        register_summary_sections()
        self._register_jobs()

    def _register_jobs(self) -> None:
        from django.conf import settings

        from creditrisk.jobs import schedule
        from creditrisk.jobs.periods import Cadence
        from supervision.services import summary_job

        schedule.register_job(
            schedule.Job(
                code=summary_job.JOB,
                label=_("monthly summaries"),
                rhythm=_("on the first business day, for the month before (P3.2.5)"),
                cadence=Cadence.MONTH,
                since=("supervision", "0002_monthly_summaries"),
                run=summary_job.make_summaries_of,
                due_on=schedule.on_first_business_day_after_month,
                missed=schedule.Missed.EACH,
            )
        )
        schedule.register_job(
            schedule.Job(
                code=summary_job.CARE_JOB,
                label=_("care of monthly summaries"),
                rhythm=_("every day: addenda and reminders (P3.2.5)"),
                cadence=Cadence.DAY,
                since=("supervision", "0002_monthly_summaries"),
                run=summary_job.look_after_summaries_on,
                due_on=schedule.on_its_day,
                not_before=lambda: settings.CREDITRISK_REMINDERS_NOT_BEFORE,
            )
        )
