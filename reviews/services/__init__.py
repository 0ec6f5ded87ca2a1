"""Every write to reviews, their forms, attachments, steps and decisions."""

from reviews.services.annual import (
    Launched,
    correct_annual_review,
    give_scores,
    launch_annual_reviews,
    refresh_facts,
    save_remarks,
    start_annual_review,
)
from reviews.services.attachments import add_attachment, remove_attachment
from reviews.services.chains import publish_chain, refusal_of_chain
from reviews.services.consultation import ask_colleague, give_opinion
from reviews.services.copies import send_copies
from reviews.services.decisions import approve_step, reject_step, return_step, take_back_step
from reviews.services.drafts import save_form, start_review
from reviews.services.locked_review import Done
from reviews.services.log import verify_decisions
from reviews.services.phrases import add_phrase, remove_phrase
from reviews.services.service_levels import reconfirm_service_level
from reviews.services.submission import IncompleteFormError, submit_review, withdraw_review
from reviews.services.taking_on import claim_step, release_step, transfer_step
from reviews.services.urging import urge_deciders
from reviews.services.verification import verify_review

__all__ = [
    "Done",
    "IncompleteFormError",
    "Launched",
    "add_attachment",
    "add_phrase",
    "approve_step",
    "ask_colleague",
    "claim_step",
    "correct_annual_review",
    "give_opinion",
    "give_scores",
    "launch_annual_reviews",
    "publish_chain",
    "reconfirm_service_level",
    "refresh_facts",
    "refusal_of_chain",
    "reject_step",
    "release_step",
    "remove_attachment",
    "remove_phrase",
    "return_step",
    "save_form",
    "save_remarks",
    "send_copies",
    "start_annual_review",
    "start_review",
    "submit_review",
    "take_back_step",
    "transfer_step",
    "urge_deciders",
    "verify_decisions",
    "verify_review",
    "withdraw_review",
]
