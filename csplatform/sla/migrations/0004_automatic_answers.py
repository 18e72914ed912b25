from django.db import migrations, models


def as_promised(apps, schema_editor):
    """No answer of a machine counted before."""
    for terms in apps.get_model("sla", "Terms").objects.iterator():
        terms.data |= {"automatic_counts": False}
        terms.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0003_escalates_once"),
    ]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="automatic_counts",
            field=models.BooleanField(
                default=False,
                help_text="An answer of the bot, or an automatic message, is a response. Without, only a person's is.",
                verbose_name="automatic answers count",
            ),
        ),
        migrations.RunPython(as_promised, migrations.RunPython.noop, elidable=True),
    ]
