from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("conversations", "0011_merges_links_and_fields"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="conversation_merged"
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=GinIndex(fields=["fields"], name="conversation_by_field", opclasses=["jsonb_path_ops"]),
        ),
    ]
