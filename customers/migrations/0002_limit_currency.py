"""A credit limit keeps its own currency: so far it was read in that of the file."""

import creditrisk.money
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


def give_limits_their_currency(apps, schema_editor):
    limited = apps.get_model("customers", "Customer").objects.filter(credit_limit_amount__isnull=False)
    limited.update(credit_limit_currency=models.F("currency"))


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='customer',
            name='delete_delete',
        ),
        migrations.RemoveConstraint(
            model_name='customer',
            name='customer_credit_limit_has_end',
        ),
        migrations.AddField(
            model_name='customer',
            name='credit_limit_currency',
            field=creditrisk.money.CurrencyField(blank=True, default='', max_length=3, verbose_name='currency of the credit limit'),
        ),
        migrations.AddField(
            model_name='customerevent',
            name='credit_limit_currency',
            field=creditrisk.money.CurrencyField(blank=True, default='', max_length=3, verbose_name='currency of the credit limit'),
        ),
        migrations.RunPython(give_limits_their_currency, migrations.RunPython.noop, elidable=True),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_customerevent" ("account_manager_id", "address", "bank_account", "bank_name", "business_contact", "business_phone", "created_at", "created_by_id", "credit_limit_amount", "credit_limit_currency", "credit_limit_valid_to_on", "currency", "enterprise_type", "finance_contact", "finance_email", "finance_phone", "grade", "grade_is_provisional", "id", "is_onboarded", "legal_representative", "letter_language", "name", "name_en", "number", "payment_term_days", "person_in_charge", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registered_capital_amount", "registered_capital_currency", "reviewed_on", "service_manager_id", "state", "state_reason", "submission_key", "updated_at", "uscc", "version") VALUES (NEW."account_manager_id", NEW."address", NEW."bank_account", NEW."bank_name", NEW."business_contact", NEW."business_phone", NEW."created_at", NEW."created_by_id", NEW."credit_limit_amount", NEW."credit_limit_currency", NEW."credit_limit_valid_to_on", NEW."currency", NEW."enterprise_type", NEW."finance_contact", NEW."finance_email", NEW."finance_phone", NEW."grade", NEW."grade_is_provisional", NEW."id", NEW."is_onboarded", NEW."legal_representative", NEW."letter_language", NEW."name", NEW."name_en", NEW."number", NEW."payment_term_days", NEW."person_in_charge", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."registered_capital_amount", NEW."registered_capital_currency", NEW."reviewed_on", NEW."service_manager_id", NEW."state", NEW."state_reason", NEW."submission_key", NEW."updated_at", NEW."uscc", NEW."version"); RETURN NULL;', hash='d8f6cfca6c87c97c75811c338a6cfa9db4be72da', operation='INSERT', pgid='pgtrigger_insert_insert_a36e0', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "customers_customerevent" ("account_manager_id", "address", "bank_account", "bank_name", "business_contact", "business_phone", "created_at", "created_by_id", "credit_limit_amount", "credit_limit_currency", "credit_limit_valid_to_on", "currency", "enterprise_type", "finance_contact", "finance_email", "finance_phone", "grade", "grade_is_provisional", "id", "is_onboarded", "legal_representative", "letter_language", "name", "name_en", "number", "payment_term_days", "person_in_charge", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registered_capital_amount", "registered_capital_currency", "reviewed_on", "service_manager_id", "state", "state_reason", "submission_key", "updated_at", "uscc", "version") VALUES (NEW."account_manager_id", NEW."address", NEW."bank_account", NEW."bank_name", NEW."business_contact", NEW."business_phone", NEW."created_at", NEW."created_by_id", NEW."credit_limit_amount", NEW."credit_limit_currency", NEW."credit_limit_valid_to_on", NEW."currency", NEW."enterprise_type", NEW."finance_contact", NEW."finance_email", NEW."finance_phone", NEW."grade", NEW."grade_is_provisional", NEW."id", NEW."is_onboarded", NEW."legal_representative", NEW."letter_language", NEW."name", NEW."name_en", NEW."number", NEW."payment_term_days", NEW."person_in_charge", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."registered_capital_amount", NEW."registered_capital_currency", NEW."reviewed_on", NEW."service_manager_id", NEW."state", NEW."state_reason", NEW."submission_key", NEW."updated_at", NEW."uscc", NEW."version"); RETURN NULL;', hash='463eed18b04181a618e99bcf43e600bafc2178fd', operation='UPDATE', pgid='pgtrigger_update_update_ca86d', table='customers_customer', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customer',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "customers_customerevent" ("account_manager_id", "address", "bank_account", "bank_name", "business_contact", "business_phone", "created_at", "created_by_id", "credit_limit_amount", "credit_limit_currency", "credit_limit_valid_to_on", "currency", "enterprise_type", "finance_contact", "finance_email", "finance_phone", "grade", "grade_is_provisional", "id", "is_onboarded", "legal_representative", "letter_language", "name", "name_en", "number", "payment_term_days", "person_in_charge", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "registered_capital_amount", "registered_capital_currency", "reviewed_on", "service_manager_id", "state", "state_reason", "submission_key", "updated_at", "uscc", "version") VALUES (OLD."account_manager_id", OLD."address", OLD."bank_account", OLD."bank_name", OLD."business_contact", OLD."business_phone", OLD."created_at", OLD."created_by_id", OLD."credit_limit_amount", OLD."credit_limit_currency", OLD."credit_limit_valid_to_on", OLD."currency", OLD."enterprise_type", OLD."finance_contact", OLD."finance_email", OLD."finance_phone", OLD."grade", OLD."grade_is_provisional", OLD."id", OLD."is_onboarded", OLD."legal_representative", OLD."letter_language", OLD."name", OLD."name_en", OLD."number", OLD."payment_term_days", OLD."person_in_charge", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."registered_capital_amount", OLD."registered_capital_currency", OLD."reviewed_on", OLD."service_manager_id", OLD."state", OLD."state_reason", OLD."submission_key", OLD."updated_at", OLD."uscc", OLD."version"); RETURN NULL;', hash='c1cf5caec5bb8f2217059e368a2079588f90ebb2', operation='DELETE', pgid='pgtrigger_delete_delete_939ca', table='customers_customer', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credit_limit_amount__isnull', True), ('credit_limit_currency', ''), ('credit_limit_valid_to_on__isnull', True)), models.Q(('credit_limit_amount__gte', 0), ('credit_limit_valid_to_on__isnull', False), models.Q(('credit_limit_currency', ''), _negated=True)), _connector='OR'), name='customer_credit_limit_is_whole'),
        ),
    ]
