"""Contacts and a bank account for the files that have them only in the columns of Annex 1 (docs/adr/0008)."""

from django.db import migrations

CONTACTS = (
    ("finance", {"name": "finance_contact", "phone": "finance_phone", "email": "finance_email"}),
    ("business", {"name": "business_contact", "phone": "business_phone"}),
    ("legal_representative", {"name": "legal_representative"}),
    ("person_in_charge", {"name": "person_in_charge"}),
)
BATCH = 1000


def open_main_details(apps, schema_editor):
    Customer, Contact, BankAccount = (
        apps.get_model("customers", name) for name in ("Customer", "Contact", "BankAccount")
    )
    contacts, accounts = [], []
    for customer in Customer.objects.iterator(chunk_size=BATCH):
        for kind, columns in CONTACTS:
            values = {field: getattr(customer, column) for field, column in columns.items()}
            if any(values.values()):
                contacts.append(Contact(customer=customer, kind=kind, is_main=True, **values))
        if customer.bank_name or customer.bank_account:
            accounts.append(
                BankAccount(
                    customer=customer,
                    bank_name=customer.bank_name,
                    account_number=customer.bank_account,
                    currency=customer.currency,
                    is_main=True,
                )
            )
    Contact.objects.bulk_create(contacts, batch_size=BATCH)
    BankAccount.objects.bulk_create(accounts, batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_contacts")]
    operations = [migrations.RunPython(open_main_details, migrations.RunPython.noop, elidable=True)]
