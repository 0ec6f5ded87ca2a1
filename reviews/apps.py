from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = _("Reviews")

    def ready(self) -> None:
        from customers.dossier import register_section
        from customers.grade_words import register_wording
        from customers.merging import move_unlike_rows, register_lock, register_mover, register_refusal
        from customers.open_matters import register_open_matters
        from customers.panels import register_action, register_panel
        from customers.timeline import Kind, register_kind
        from reviews.adjustment_selectors import adjustment_words
        from reviews.dossier import reviews
        from reviews.models import GradeAdjustment, Review
        from reviews.panels import (
            adjustments_panel,
            open_reviews,
            reviews_panel,
            start_action,
            start_annual_action,
        )
        from reviews.services.merging import (
            assessed_already,
            both_under_review,
            lock_open_reviews,
            move_adjustments,
        )
        from reviews.timeline import adjustments, decisions, results, started

        register_panel("reviews", reviews_panel, position=10)
        register_panel("adjustments", adjustments_panel, position=12)
        register_action("reviews", start_action, position=10)
        register_action("annual_review", start_annual_action, position=11)
        review = Kind("review", _("Review"), "clipboard-check", (results, decisions, started))
        register_kind(review, position=10)
        adjustment = Kind("adjustment", _("Grade adjustment"), "graph-up-arrow", (adjustments,))
        register_kind(adjustment, position=22)
        register_section(reviews, position=60)
        register_wording("adjustments", adjustment_words)
        register_open_matters("reviews", open_reviews)
        register_lock("reviews", lock_open_reviews)
        register_refusal("reviews", both_under_review)
        register_mover(Review, move_unlike_rows("year"))
        register_refusal("annual_reviews", assessed_already)
        register_mover(GradeAdjustment, move_adjustments)
        self._register_jobs()

    def _register_jobs(self) -> None:
        import datetime as dt

        from django.conf import settings

        from creditrisk.jobs import schedule
        from creditrisk.jobs.periods import Cadence
        from reviews.services import adjustment_job, annual_job, deadlines, digest

        schedule.register_job(
            schedule.Job(
                code=deadlines.JOB,
                label=_("deadlines of reviews"),
                rhythm=_("every business day"),
                cadence=Cadence.DAY,
                since=("jobs", "0001_initial"),
                run=deadlines.speak_on,
                due_on=schedule.on_business_days,
                missed=schedule.Missed.DROPPED,
                not_before=lambda: settings.CREDITRISK_REMINDERS_NOT_BEFORE,
            )
        )
        schedule.register_job(
            schedule.Job(
                code=digest.JOB,
                label=_("the morning's mails"),
                rhythm=_("every business day"),
                cadence=Cadence.DAY,
                since=("jobs", "0001_initial"),
                run=lambda period: digest.send_once(on=dt.date.fromisoformat(period)),
                due_on=schedule.on_business_days,
                missed=schedule.Missed.DROPPED,
                not_before=lambda: settings.CREDITRISK_DIGEST_NOT_BEFORE,
            )
        )
        schedule.register_job(
            schedule.Job(
                code=annual_job.JOB,
                label=_("launch of the annual reviews"),
                rhythm=_("every December, or the month the policy says (P3.2.6, P4.2)"),
                cadence=Cadence.YEAR,
                since=("jobs", "0002_log_and_asked_again"),
                run=annual_job.launch_once,
                due_on=annual_job.launch_on,
                missed=schedule.Missed.EACH,
            )
        )
        schedule.register_job(
            schedule.Job(
                code=annual_job.REMINDERS,
                label=_("reminders of the annual reviews"),
                rhythm=_("after the launch, and at the end of the year (P4.2)"),
                cadence=Cadence.DAY,
                since=("jobs", "0002_log_and_asked_again"),
                run=annual_job.remind_on_day,
                due_on=annual_job.remind_on,
                not_before=lambda: settings.CREDITRISK_REMINDERS_NOT_BEFORE,
            )
        )
        schedule.register_job(
            schedule.Job(
                code=adjustment_job.JOB,
                label=_("quarterly grade adjustment"),
                rhythm=_("on the first day of a quarter, for the one before (P5.2.2)"),
                cadence=Cadence.QUARTER,
                since=("reviews", "0011_grade_adjustment"),
                run=adjustment_job.adjust_quarter,
                due_on=schedule.on_first_day_after_quarter,
                missed=schedule.Missed.EACH,
                is_possible=adjustment_job.is_quarter_told,
                # By then finance's report of the quarter's end should have come.
                patience=dt.timedelta(days=30),
            )
        )
