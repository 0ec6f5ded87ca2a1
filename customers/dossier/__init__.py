"""The credit dossier: everything the file of one customer says on a day, for the printer and for other programs.

An app registers its sections in its `AppConfig.ready`, as it does the panels of the customer's page:

    register_section(receivables_section, position=60)

    def receivables_section(*, customer: Customer, person: User | None, on: dt.date) -> Section | None:
        return Section("receivables", _("Receivables"), columns=..., rows=...)
"""

from customers.dossier.content import (
    Choice,
    Column,
    Dossier,
    Fact,
    Section,
    columns_of,
    dossier_of,
    facts_of,
    register_section,
    values_of,
)

__all__ = [
    "Choice",
    "Column",
    "Dossier",
    "Fact",
    "Section",
    "columns_of",
    "dossier_of",
    "facts_of",
    "register_section",
    "values_of",
]
