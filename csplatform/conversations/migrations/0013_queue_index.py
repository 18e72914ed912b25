from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0012_merged_and_field_indexes"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("owner_kind", "queue"), ("status", "open"), ("waiting_since__isnull", False)),
                fields=["account", "waiting_since"],
                name="conversation_in_queue",
            ),
        ),
    ]
