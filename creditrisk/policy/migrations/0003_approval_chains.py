"""Versions from before the chains were part of the rule-book followed the chains that were written in the code."""

from django.db import migrations

from creditrisk.policy.default import DEFAULT_POLICY
from creditrisk.policy.schema import policy_to_data


def add_chains(apps, schema_editor):
    approvals = policy_to_data(DEFAULT_POLICY)["approvals"]
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    # A published version is final: its trigger is off for this one statement.
    schema_editor.execute("ALTER TABLE policy_policyversion DISABLE TRIGGER USER")
    for version in apps.get_model("policy", "PolicyVersion").objects.exclude(data__has_key="approvals"):
        version.data = {**version.data, "approvals": approvals}
        version.save(update_fields=["data"])
    schema_editor.execute("ALTER TABLE policy_policyversion ENABLE TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [("policy", "0002_default_policy")]
    operations = [migrations.RunPython(add_chains, migrations.RunPython.noop, elidable=False)]
