from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from creditrisk.lists.pages import register_list
        from customers.tables import CUSTOMER_LIST, CustomerTable

        register_list(CUSTOMER_LIST, CustomerTable)
        from customers import portfolio_panels as panels
        from customers.contract_panels import deposits_panel, draft_action, override_action
        from customers.credit_panels import credit_panel
        from customers.identity_panels import aliases_panel, merges_panel
        from customers.panels import register_action, register_panel

        register_panel("credit", credit_panel, position=5)
        register_panel("deposits", deposits_panel, position=30)
        register_panel("aliases", aliases_panel, position=70)
        register_panel("merges", merges_panel, position=80)
        register_action("contract_draft", draft_action, position=30)
        register_action("contract_override", override_action, position=31)
        from customers.reassignment import register_mover
        from customers.services import merging, reassignment
        from customers.warning_panels import warnings_panel

        register_panel("visits", panels.visits_panel, position=40)
        register_panel("warnings", warnings_panel, position=15)
        register_panel("handovers", panels.handovers_panel, position=50)
        register_panel("confirmation", panels.confirmation_panel, position=60)
        register_action("handover", panels.handover_action, position=40)
        register_action("confirmation", panels.confirm_action, position=50)
        register_mover("visits", reassignment.move_visits, label=_("Visits"))
        register_mover("follow_ups", reassignment.move_follow_ups, label=_("Follow-ups"))
        register_mover("handovers", reassignment.move_handovers, label=_("Handovers"))
        merging.register()
        self._register_jobs()
        from customers import timeline_entries
        from customers.dossier import sections

        timeline_entries.register()
        sections.register()

    def _register_jobs(self) -> None:
        import datetime as dt

        from django.conf import settings

        from creditrisk.jobs import schedule
        from creditrisk.jobs.periods import Cadence
        from customers.services import confirmation_job, qualification_reminders, self_check_job

        schedule.register_job(
            schedule.Job(
                code=self_check_job.JOB,
                label=_("self-checks of contracts"),
                rhythm=_("every day (P3.2.3)"),
                cadence=Cadence.DAY,
                since=("jobs", "0001_initial"),
                run=lambda period: self_check_job.open_self_checks_once(on=dt.date.fromisoformat(period)),
                due_on=schedule.on_its_day,
                catch_up=lambda now: self_check_job.catch_up_self_checks(now=now),
            )
        )
        schedule.register_job(
            schedule.Job(
                code=confirmation_job.JOB,
                label=_("file confirmations"),
                rhythm=_("on the first of every month (P4.3)"),
                cadence=Cadence.MONTH,
                since=("jobs", "0001_initial"),
                run=confirmation_job.ask_confirmations_of,
                due_on=schedule.on_the_first,
            )
        )
        schedule.register_job(
            schedule.Job(
                code=qualification_reminders.JOB,
                label=_("reminders of qualifications"),
                rhythm=_("every day (P4.3)"),
                cadence=Cadence.DAY,
                since=("jobs", "0001_initial"),
                run=lambda period: qualification_reminders.remind_once(on=dt.date.fromisoformat(period)),
                due_on=schedule.on_its_day,
                not_before=lambda: settings.CREDITRISK_REMINDERS_NOT_BEFORE,
            )
        )
