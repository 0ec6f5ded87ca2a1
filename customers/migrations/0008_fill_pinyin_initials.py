"""Names that are there already get their initials. They are no part of the history: no change is recorded."""

from itertools import islice

from django.db import migrations

from customers.names import name_initials

BATCH = 2000
FIELDS = (
    ("Customer", "name", "name_initials"),
    ("Customer", "short_name", "short_name_initials"),
    ("Contact", "name", "name_initials"),
    ("CustomerAlias", "name", "initials"),
)


def fill(apps, _schema_editor):
    for model_name, source, target in FIELDS:
        model = apps.get_model("customers", model_name)
        rows = model.objects.exclude(**{source: ""}).order_by("pk").only("pk", source).iterator(chunk_size=BATCH)
        length = model._meta.get_field(target).max_length
        while batch := list(islice(rows, BATCH)):
            for row in batch:
                setattr(row, target, name_initials(getattr(row, source))[:length])
            model.objects.bulk_update([row for row in batch if getattr(row, target)], [target])


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_pinyin_initials")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
