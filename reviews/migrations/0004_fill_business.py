"""The monthly business of the reviews that were there before the column."""

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps: Any, _schema_editor: Any) -> None:
    form = apps.get_model("reviews", "NewCustomerForm").objects.filter(review=OuterRef("pk"))
    apps.get_model("reviews", "Review").objects.filter(new_customer_form__isnull=False).update(
        business_amount=Subquery(form.values("expected_monthly_amount")),
        business_currency=Subquery(form.values("currency")),
    )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_annual_form")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
