from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = _("Supervision")

    def ready(self) -> None:
        from supervision.summary_registry import register_summary_sections

        register_summary_sections()
        self._register_jobs()
        from customers.merging import register_mover
        from customers.panels import register_panel
        from customers.timeline import Kind, register_kind
        from supervision.models import CaseReviewCustomer, InvoicedSum
        from supervision.panels import case_reviews_panel
        from supervision.services import merging
        from supervision.tables import work_tiles
        from supervision.tiles import register_tile
        from supervision.timeline import case_follow_ups_done, case_points

        register_tile("warnings", work_tiles.warnings_tile, position=5)
        register_tile("contracts", work_tiles.contracts_tile, position=10)
        register_tile("self_checks", work_tiles.self_checks_tile, position=20)
        register_tile("letters", work_tiles.letters_tile, position=30)
        register_tile("promises", work_tiles.promises_tile, position=40)
        register_tile("disputes", work_tiles.disputes_tile, position=50)
        register_tile("follow_ups", work_tiles.follow_ups_tile, position=60)
        register_panel("case_reviews", case_reviews_panel, position=40)
        told = (case_points, case_follow_ups_done)
        register_kind(Kind("case_review", _("Case review"), "journal-text", told), position=110)
        register_mover(InvoicedSum, merging.move_invoiced_sums)
        register_mover(CaseReviewCustomer, merging.move_case_points)

    def _register_jobs(self) -> None:
        import datetime as dt

        from django.conf import settings

        from creditrisk.jobs import schedule
        from creditrisk.jobs.periods import Cadence
        from supervision.services import follow_ups, summary_job

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
        schedule.register_job(
            schedule.Job(
                code=follow_ups.JOB,
                label=_("follow-ups of case reviews"),
                rhythm=_("every day (P3.1 d)"),
                cadence=Cadence.DAY,
                since=("supervision", "0003_case_reviews"),
                run=lambda period: follow_ups.remind_follow_ups_once(on=dt.date.fromisoformat(period)),
                due_on=schedule.on_its_day,
                not_before=lambda: settings.CREDITRISK_REMINDERS_NOT_BEFORE,
            )
        )
