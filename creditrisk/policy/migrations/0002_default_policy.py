"""Publish the rule-book's first version. It is in force from the first day on."""

import datetime as dt

from django.db import migrations

from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import policy_to_data


def publish_default(apps, schema_editor):
    apps.get_model("policy", "PolicyVersion").objects.create(
        number=1,
        effective_on=dt.date(2000, 1, 1),
        data=policy_to_data(DEFAULT_POLICY),
        note="The default rule-book",
    )


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial")]
    operations = [migrations.RunPython(publish_default, migrations.RunPython.noop, elidable=False)]
