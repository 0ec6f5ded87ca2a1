from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = _("Reviews")

    def ready(self) -> None:
        from customers.dossier import register_section
        from customers.merging import move_rows, register_lock, register_mover, register_refusal
        from customers.open_matters import register_open_matters
        from customers.panels import register_action, register_panel
        from customers.timeline import Kind, register_kind
        from reviews.dossier import reviews
        from reviews.models import GradeAdjustment, Review
        from reviews.panels import (
            adjustments_panel,
            open_reviews,
            reviews_panel,
            start_action,
            start_annual_action,
        )
        from reviews.services.merging import both_under_review, lock_open_reviews, move_adjustments
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
        register_open_matters("reviews", open_reviews)
        register_lock("reviews", lock_open_reviews)
        register_refusal("reviews", both_under_review)
        register_mover(Review, move_rows)  # its one constraint is what the refusal is about
        register_mover(GradeAdjustment, move_adjustments)
