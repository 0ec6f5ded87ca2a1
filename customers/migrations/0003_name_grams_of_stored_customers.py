"""The pieces of the names of customers that were stored before there was a column for them."""

from django.db import migrations

from customers.names import name_grams


def fill_in(apps, _schema_editor):
    model = apps.get_model("customers", "Customer")
    customers = list(model.objects.only("pk", "name", "name_en"))
    for customer in customers:
        customer.name_grams = name_grams(customer.name)
        customer.name_en_grams = name_grams(customer.name_en)
    model.objects.bulk_update(customers, ["name_grams", "name_en_grams"], batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_names_and_aliases")]

    operations = [migrations.RunPython(fill_in, migrations.RunPython.noop, elidable=True)]
