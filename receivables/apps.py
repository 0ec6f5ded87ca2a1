from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceivablesConfig(AppConfig):
    name = "receivables"
    verbose_name = _("Receivables")

    def ready(self) -> None:
        from creditrisk.lists.pages import register_list
        from customers.credit_facts import register_receivables
        from customers.dossier import register_section
        from customers.list_conditions import register_list_condition
        from customers.merging import (
            move_final_rows,
            move_rows,
            register_lock,
            register_mover,
            register_refusal,
        )
        from customers.open_matters import register_open_matters
        from customers.panels import register_panel
        from customers.timeline import Kind, register_kind
        from receivables import dossier
        from receivables.models import (
            AgingSum,
            ClassifiedLine,
            CollectionContact,
            CooperationProposal,
            DamagesReceipt,
            DunnedItem,
            DunningNotice,
            DunningTerms,
            LedgerEntry,
            OpenItem,
            PayableItem,
            PayableSum,
            ReportFlow,
            Statement,
        )
        from receivables.panels import (
            collection_panel,
            damages_panel,
            letters_panel,
            open_balances,
            receivables_panel,
        )
        from receivables.selectors.credit import open_receivables
        from receivables.selectors.list_conditions import CONDITIONS
        from receivables.services import merging
        from receivables.tables.aging import column_choices
        from receivables.timeline import (
            aging_reports,
            contacts,
            damages_received,
            notices,
            payables_reports,
            payments_seen,
            promises_decided,
            waivers_asked,
            waivers_decided,
        )

        register_receivables(open_receivables)
        register_list("receivables:aging", column_choices)
        register_open_matters("receivables", open_balances)
        for condition in CONDITIONS:
            register_list_condition(condition)
        register_panel("receivables", receivables_panel, position=20)
        register_panel("collection", collection_panel, position=22)
        register_panel("damages", damages_panel, position=25)
        register_panel("letters", letters_panel, position=30)
        aging = Kind("aging", _("Aging report"), "bar-chart-steps", (aging_reports, payables_reports))
        payment = Kind("payment", _("Payment seen"), "cash-stack", (payments_seen,))
        register_kind(aging, position=50)
        register_kind(payment, position=60)
        register_kind(Kind("dunning", _("Dunning"), "envelope-paper", (notices,)), position=70)
        collection = Kind("collection", _("Collection"), "telephone", (contacts, promises_decided))
        register_kind(collection, position=72)
        told = (damages_received, waivers_decided, waivers_asked)
        register_kind(Kind("damages", _("Liquidated damages"), "coin", told), position=75)
        register_section(dossier.receivables, position=50)
        register_section(dossier.payables, position=55)
        register_section(dossier.liquidated_damages, position=95)
        register_section(dossier.letters, position=100)
        register_section(dossier.contacts, position=102)
        register_section(dossier.promises, position=104)
        register_lock("receivables", merging.hold_reports)
        register_mover(OpenItem, merging.move_lines)
        register_mover(PayableItem, merging.move_lines)
        register_mover(LedgerEntry, merging.move_lines)
        register_mover(ClassifiedLine, merging.move_classified_lines)
        register_mover(PayableSum, merging.move_payable_sums)
        register_mover(ReportFlow, move_final_rows("receivables.ReportFlow:report_flows_are_final"))
        register_mover(AgingSum, merging.move_aging_sums)
        register_mover(Statement, merging.move_statements)
        register_mover(DamagesReceipt, merging.move_damages_receipts)
        register_mover(DunningNotice, merging.move_dunning_notices)
        register_mover(DunnedItem, merging.move_dunned_items)
        register_mover(CollectionContact, merging.move_collection_contacts)
        register_mover(DunningTerms, merging.move_dunning_terms)
        register_mover(CooperationProposal, move_rows)
        register_refusal("proposals", merging.both_proposed)
        self._register_jobs()

    def _register_jobs(self) -> None:
        import datetime as dt

        from django.conf import settings

        from creditrisk.jobs import schedule
        from creditrisk.jobs.periods import Cadence
        from receivables.selectors.reports import report_for
        from receivables.services import dunning_job, warning_job

        schedule.register_job(
            schedule.Job(
                code=dunning_job.JOB,
                label=_("daily dunning"),
                rhythm=_("every day (P5.2.3)"),
                cadence=Cadence.DAY,
                since=("jobs", "0001_initial"),
                run=lambda period: dunning_job.run_dunning_once(on=dt.date.fromisoformat(period)),
                due_on=schedule.on_its_day,
                not_before=lambda: settings.CREDITRISK_DUNNING_NOT_BEFORE,
                is_possible=lambda period: report_for(dt.date.fromisoformat(period)) is not None,
            )
        )
        schedule.register_job(
            schedule.Job(
                code=warning_job.JOB,
                label=_("early warnings"),
                rhythm=_("every day (P5.1)"),
                cadence=Cadence.DAY,
                since=("receivables", "0017_report_flows"),
                run=lambda period: warning_job.raise_warnings_once(on=dt.date.fromisoformat(period)),
                due_on=schedule.on_its_day,
                not_before=lambda: settings.CREDITRISK_REMINDERS_NOT_BEFORE,
            )
        )
