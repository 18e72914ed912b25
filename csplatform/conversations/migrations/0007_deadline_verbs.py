from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0006_erased"),
    ]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="verb",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("opened", "opened the conversation"),
                    ("reopened", "reopened the conversation"),
                    ("resolved", "resolved the conversation"),
                    ("pending", "set the conversation to pending"),
                    ("snoozed", "snoozed the conversation"),
                    ("woken", "woke the conversation"),
                    ("spam", "marked the conversation as spam"),
                    ("assigned", "assigned the conversation"),
                    ("handed_over", "handed the conversation over"),
                    ("priority", "changed the priority"),
                    ("tagged", "added a tag"),
                    ("untagged", "removed a tag"),
                    ("language", "changed the language"),
                    ("contact_merged", "merged another contact into this one"),
                    ("reaction", "reacted"),
                    ("held", "held a mail that quotes another conversation"),
                    ("let_in", "let a held mail join"),
                    ("kept_apart", "kept a held mail apart"),
                    ("split", "split off a new conversation"),
                    ("moved", "moved a message"),
                    ("undelivered", "could not be delivered"),
                    ("paused", "paused sending to an address"),
                    ("resumed", "resumed sending to an address"),
                    ("blocked", "blocked the sender"),
                    ("unblocked", "unblocked the sender"),
                    ("erased", "erased the history"),
                    ("sla_warned", "deadline is near"),
                    ("sla_breached", "deadline was missed"),
                    ("retargeted", "moved a deadline"),
                    ("escalated", "escalated the conversation"),
                ],
                default="",
                max_length=20,
            ),
        ),
    ]
