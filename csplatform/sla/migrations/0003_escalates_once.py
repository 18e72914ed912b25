from django.db import migrations, models

NAME = "escalates_to_a_step_once"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("sla", "0002_wider_policies"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddConstraint(
                    model_name="clockevent",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("step__isnull", False)), fields=("clock", "step"), name=NAME
                    ),
                ),
            ],
            # Django would keep everybody out of the ledger while it builds the index.
            database_operations=[
                migrations.RunSQL(
                    f"CREATE UNIQUE INDEX CONCURRENTLY {NAME} ON sla_clockevent (clock_id, step)"
                    " WHERE step IS NOT NULL",
                    f"DROP INDEX CONCURRENTLY {NAME}",
                ),
            ],
        ),
    ]
