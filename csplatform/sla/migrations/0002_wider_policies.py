import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import csplatform.common.clock
import csplatform.common.fields
import csplatform.sla.models.calendar
import csplatform.sla.models.escalation
import csplatform.sla.models.policy


def several_calendars(apps, schema_editor):
    """What was promised with one calendar is written as what is promised with several."""
    for terms in apps.get_model("sla", "Terms").objects.iterator():
        data = terms.data
        schedule, calendar = data.pop("schedule"), data.pop("calendar")
        if schedule:
            schedule |= {"name": calendar, "names": {}, "holidays": None, "written": [0, 0]}
        data |= {"schedules": [schedule] if schedule else [], "retarget_on": ["priority", "team"], "steps": []}
        terms.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0007_deadline_verbs"),
        ("people", "0001_initial"),
        ("sla", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Escalation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("skipped", "Not needed any more"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "retry_at",
                    models.DateTimeField(default=csplatform.common.clock.now, null=True, verbose_name="next attempt"),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="settled")),
            ],
            options={
                "verbose_name": "escalation",
                "verbose_name_plural": "escalations",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="EscalationStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(default=csplatform.common.clock.now, editable=False)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("first_response", "First response"),
                            ("next_response", "Next response"),
                            ("resolution", "Resolution"),
                            ("queue", "Time in queue"),
                        ],
                        help_text="Empty: every clock.",
                        max_length=20,
                        verbose_name="clock",
                    ),
                ),
                (
                    "share",
                    models.FloatField(
                        blank=True,
                        help_text="1 is the deadline.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0.01),
                            django.core.validators.MaxValueValidator(1),
                        ],
                        verbose_name="at a share of the target",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="or so many minutes after it was missed"
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("notify", "Notify"),
                            ("assign", "Assign to an agent"),
                            ("hand_over", "Hand over to a team"),
                            ("priority", "Raise the priority"),
                            ("tag", "Add a tag"),
                            ("webhook", "Call a webhook"),
                        ],
                        default="notify",
                        max_length=10,
                        verbose_name="what to do",
                    ),
                ),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[(10, "Low"), (20, "Normal"), (30, "High"), (40, "Urgent")],
                        null=True,
                        verbose_name="priority",
                    ),
                ),
                ("tag", models.CharField(blank=True, max_length=60, verbose_name="tag")),
                (
                    "url",
                    models.CharField(
                        blank=True,
                        max_length=500,
                        validators=[django.core.validators.URLValidator(schemes=["https", "http"])],
                        verbose_name="webhook",
                    ),
                ),
                (
                    "secret",
                    csplatform.common.fields.EncryptedJSONField(default=csplatform.sla.models.escalation.new_secret),
                ),
            ],
            options={
                "verbose_name": "escalation step",
                "verbose_name_plural": "escalation steps",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="TeamCalendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "verbose_name": "calendar of a team",
                "verbose_name_plural": "calendars of teams",
                "ordering": ["team__name"],
            },
        ),
        migrations.AddField(
            model_name="calendar",
            name="country",
            field=models.CharField(
                blank=True,
                help_text="Empty: none but the special days below.",
                max_length=2,
                validators=[csplatform.sla.models.calendar.validate_country],
                verbose_name="public holidays of",
            ),
        ),
        migrations.AddField(
            model_name="calendar",
            name="region",
            field=models.CharField(
                blank=True,
                help_text="Such as MD for Madrid. Empty: the whole country.",
                max_length=10,
                verbose_name="region",
            ),
        ),
        migrations.AddField(
            model_name="clock",
            name="steps",
            field=models.JSONField(default=list, verbose_name="escalations to come"),
        ),
        migrations.AddField(
            model_name="clockevent",
            name="late_by",
            field=models.DurationField(null=True, verbose_name="recorded late by"),
        ),
        migrations.AddField(
            model_name="clockevent",
            name="step",
            field=models.BigIntegerField(null=True, verbose_name="escalation step"),
        ),
        migrations.AddField(
            model_name="policy",
            name="calendar_of_team",
            field=models.BooleanField(
                default=False,
                help_text="Count in the calendar of the conversation's team, where it has one, instead.",
                verbose_name="hours of the team",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                blank=True,
                default=list,
                help_text="Such as es, pt-BR; es takes es-MX, too. Empty: any.",
                size=None,
                verbose_name="languages",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="more_calendars",
            field=models.ManyToManyField(
                blank=True,
                help_text="For teams that follow the sun: clocks run while any of the calendars is open.",
                related_name="+",
                to="sla.calendar",
                verbose_name="further calendars",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="retarget_on",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("team", "Team"),
                        ("priority", "Priority"),
                        ("tier", "Tier"),
                        ("language", "Language"),
                        ("tag", "Tags"),
                    ],
                    max_length=10,
                ),
                blank=True,
                default=csplatform.sla.models.policy.every_change,
                help_text="Other changes leave the targets as they were promised.",
                size=None,
                verbose_name="matched again on a change of",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="tags",
            field=models.ManyToManyField(
                blank=True,
                help_text="One of them is enough. Empty: any.",
                related_name="+",
                to="conversations.tag",
                verbose_name="tags",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="tiers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[("standard", "Standard"), ("premium", "Premium"), ("vip", "VIP")], max_length=10
                ),
                blank=True,
                default=list,
                help_text="Empty: any.",
                size=None,
                verbose_name="tiers",
            ),
        ),
        migrations.AlterField(
            model_name="clock",
            name="kind",
            field=models.CharField(
                choices=[
                    ("first_response", "First response"),
                    ("next_response", "Next response"),
                    ("resolution", "Resolution"),
                    ("queue", "Time in queue"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="clockevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("started", "Started"),
                    ("paused", "Paused"),
                    ("resumed", "Resumed"),
                    ("retargeted", "Target moved"),
                    ("warned", "Warned"),
                    ("breached", "Missed"),
                    ("escalated", "Escalated"),
                    ("met", "Met"),
                    ("cancelled", "Cancelled"),
                ],
                max_length=12,
                verbose_name="what",
            ),
        ),
        migrations.AlterField(
            model_name="policytarget",
            name="kind",
            field=models.CharField(
                choices=[
                    ("first_response", "First response"),
                    ("next_response", "Next response"),
                    ("resolution", "Resolution"),
                    ("queue", "Time in queue"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="escalation",
            name="line",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="escalation",
                to="sla.clockevent",
                verbose_name="ledger line",
            ),
        ),
        migrations.AddField(
            model_name="escalationstep",
            name="agent",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="agent",
            ),
        ),
        migrations.AddField(
            model_name="escalationstep",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="steps",
                to="sla.policy",
                verbose_name="policy",
            ),
        ),
        migrations.AddField(
            model_name="escalationstep",
            name="team",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="people.team",
                verbose_name="team",
            ),
        ),
        migrations.AddField(
            model_name="teamcalendar",
            name="calendar",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="teams",
                to="sla.calendar",
                verbose_name="calendar",
            ),
        ),
        migrations.AddField(
            model_name="teamcalendar",
            name="team",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.team", verbose_name="team"
            ),
        ),
        migrations.AddIndex(
            model_name="escalation",
            index=models.Index(
                condition=models.Q(("retry_at__isnull", False)), fields=["retry_at"], name="escalation_to_do"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("retry_at__isnull", False), ("settled_at", None), ("state", "waiting")),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True), ("retry_at", None), ("settled_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="escalations_wait_or_are_settled",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__isnull", True), ("minutes__isnull", True), _connector="XOR"),
                name="escalation_steps_have_one_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="escalationstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("share", None), models.Q(("share__gt", 0), ("share__lte", 1)), _connector="OR"),
                name="shares_are_shares",
            ),
        ),
        migrations.RunPython(several_calendars, migrations.RunPython.noop, elidable=True),
    ]
