"""What the API says and takes. Times are ISO 8601 in UTC, languages BCP 47."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from csplatform.common.errors import InvalidInput
from csplatform.common.languages import normalise_tag
from csplatform.contacts.models import Contact, Handle
from csplatform.conversations.models import Attachment, Conversation, Message, MessageKind, Priority
from csplatform.fields.models import Target
from csplatform.flows.fields import with_fields
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from csplatform.sla.models import Clock
from csplatform.sla.selectors import explain


class ProblemSerializer(serializers.Serializer[Any]):
    """A refusal. `field` is empty where no single field is to blame."""

    detail = serializers.CharField()
    field = serializers.CharField(allow_blank=True)


class AccountSerializer(serializers.ModelSerializer[ChannelAccount]):
    class Meta:
        model = ChannelAccount
        fields = ("id", "channel", "name", "address")


class PersonSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("id", "name", "email")


class TeamSerializer(serializers.ModelSerializer[Team]):
    class Meta:
        model = Team
        fields = ("id", "name")


class HandleSerializer(serializers.ModelSerializer[Handle]):
    account = AccountSerializer(read_only=True)

    class Meta:
        model = Handle
        fields = ("id", "account", "kind", "external_id", "name")


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """A customer with every address they are known by. Name, language, tier and custom fields can be changed."""

    handles = HandleSerializer(many=True, read_only=True)
    organisation = serializers.CharField(source="organisation.name", default=None, read_only=True, allow_null=True)

    class Meta:
        model = Contact
        fields = (
            "id",
            "name",
            "language",
            "timezone",
            "tier",
            "organisation",
            "fields",
            "is_blocked",
            "merged_into",
            "handles",
            "created_at",
            "updated_at",
        )
        read_only_fields = ("timezone", "is_blocked", "merged_into", "created_at", "updated_at")

    def validate_language(self, value: str) -> str:
        """Return the tag as this project writes it."""
        tag = normalise_tag(value)
        if value and tag is None:
            raise serializers.ValidationError(_("There is no such language."))
        return tag or ""

    def validate_fields(self, value: object) -> dict[str, Any]:
        """Return the custom fields with those that are given filled in, or emptied by null; the others stay."""
        if not isinstance(value, dict):
            raise serializers.ValidationError(_("Custom fields are an object of keys and values."))
        try:
            return with_fields(Target.CONTACT, self.instance.fields if self.instance else {}, value)
        except InvalidInput as error:
            raise serializers.ValidationError(str(error)) from error


class ContactNameSerializer(serializers.ModelSerializer[Contact]):
    class Meta:
        model = Contact
        fields = ("id", "name", "tier")


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    """One matter of one contact. `revision` grows with every change; ask for messages `since` the one you have."""

    contact = ContactNameSerializer(read_only=True)
    account = AccountSerializer(read_only=True)
    assignee = PersonSerializer(read_only=True, allow_null=True)
    team = TeamSerializer(read_only=True, allow_null=True)
    tags = serializers.SlugRelatedField("name", many=True, read_only=True)  # type: ignore[var-annotated]
    priority = serializers.ChoiceField(Priority.choices, read_only=True)

    class Meta:
        model = Conversation
        fields: ClassVar = (
            "id",
            "subject",
            "preview",
            "language",
            "status",
            "priority",
            "owner_kind",
            "contact",
            "account",
            "assignee",
            "team",
            "tags",
            "revision",
            "last_message_at",
            "last_customer_message_at",
            "waiting_since",
            "snoozed_until",
            "resolved_at",
            "next_deadline_at",
            "participants",
            "held_for",
            "merged_into",
            "fields",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    class Meta:
        model = Attachment
        fields = ("key", "name", "content_type", "size", "error")


class AddressesField(serializers.ListField):
    """Addresses that the channel wrote down beside a message."""

    child = serializers.CharField()

    def __init__(self, name: str) -> None:
        super().__init__(source="metadata", read_only=True)
        self._name = name

    def to_representation(self, data: dict[str, Any]) -> list[Any]:  # type: ignore[override]  # metadata, no list
        """Return the addresses called `name`; none where there are none."""
        found = data.get(self._name)
        return super().to_representation(found) if isinstance(found, list) else []


class MessageSerializer(serializers.ModelSerializer[Message]):
    """A line of the timeline. Lines of kind `event` say what happened in `verb` and `data`.

    `to`, `cc` and `bcc` are addresses, where a message went to several people.
    """

    author = PersonSerializer(read_only=True, allow_null=True)
    attachments = AttachmentSerializer(many=True, read_only=True)
    to = AddressesField("to")
    cc = AddressesField("cc")
    bcc = AddressesField("bcc")
    data = serializers.DictField(read_only=True)  # type: ignore[assignment]  # the model calls it so

    class Meta:
        model = Message
        fields: ClassVar = (
            "id",
            "seq",
            "revision",
            "kind",
            "key",
            "author",
            "to",
            "cc",
            "bcc",
            "subject",
            "text",
            "full_text",
            "language",
            "state",
            "state_reason",
            "verb",
            "data",
            "is_machine",
            "attachments",
            "sent_at",
            "created_at",
            "edited_at",
            "deleted_at",
        )
        read_only_fields = fields


class StepSerializer(serializers.Serializer[Any]):
    """One reason why a deadline is where it is, and the deadline after it."""

    at = serializers.DateTimeField()
    text = serializers.CharField()
    due_at = serializers.DateTimeField(allow_null=True)


class ClockSerializer(serializers.ModelSerializer[Clock]):
    """One thing owed in a conversation. `remaining` is the working time in seconds that a pause left of the target.

    `steps` tell, in the caller's language, why it is due when it is.
    """

    policy = serializers.SerializerMethodField()
    remaining = serializers.SerializerMethodField()
    credited_to = PersonSerializer(read_only=True, allow_null=True)
    steps = serializers.SerializerMethodField()

    class Meta:
        model = Clock
        fields: ClassVar = (
            "id",
            "kind",
            "cycle",
            "state",
            "policy",
            "started_at",
            "due_at",
            "warn_at",
            "warned_at",
            "breached_at",
            "paused_since",
            "remaining",
            "met_at",
            "cancelled_at",
            "credited_to",
            "steps",
        )
        read_only_fields = fields

    def get_policy(self, clock: Clock) -> str | None:
        return clock.terms.name if clock.terms else None

    def get_remaining(self, clock: Clock) -> float | None:
        return clock.remaining.total_seconds() if clock.remaining is not None else None

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, clock: Clock) -> Any:
        return StepSerializer(explain(clock), many=True).data


class RecipientsSerializer(serializers.Serializer[Any]):
    """Mail addresses, on channels where a message can go to several people."""

    to = serializers.ListField(child=serializers.CharField(max_length=320), required=False, max_length=50)
    cc = serializers.ListField(child=serializers.CharField(max_length=320), required=False, max_length=50)
    bcc = serializers.ListField(child=serializers.CharField(max_length=320), required=False, max_length=50)


class NewMessageSerializer(RecipientsSerializer):
    """A reply to the customer, or a note for colleagues. The same `key` again changes nothing.

    Without `to`, `cc` and `bcc` a reply goes to everybody in the conversation. `subject` replaces the conversation's,
    and `quote` shows earlier messages below the reply; these five are for mail alone.
    """

    kind = serializers.ChoiceField(
        [(MessageKind.REPLY.value, MessageKind.REPLY.label), (MessageKind.NOTE.value, MessageKind.NOTE.label)]
    )
    text = serializers.CharField(allow_blank=True, default="", trim_whitespace=False)
    key = serializers.UUIDField(help_text="Yours, and new for each message: it makes a repeated call harmless.")
    files = serializers.ListField(child=serializers.FileField(), required=False, max_length=20)
    subject = serializers.CharField(required=False, allow_blank=True, max_length=500)
    quote = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        outgoing = [name for name in ("to", "cc", "bcc", "subject", "quote") if attrs.get(name)]
        if attrs["kind"] == MessageKind.NOTE and outgoing:
            raise serializers.ValidationError({outgoing[0]: _("A note is sent to nobody.")})
        return attrs


class ForwardSerializer(RecipientsSerializer):
    """To whom a message is sent on, its files with it. The same `key` again changes nothing."""

    text = serializers.CharField(allow_blank=True, default="", trim_whitespace=False)
    key = serializers.UUIDField(help_text="Yours, and new for each message: it makes a repeated call harmless.")


class AssignSerializer(serializers.Serializer[Any]):
    """Give to `assignee` (null: back to the queue), or move to the queue of `team` (null: nobody's)."""

    assignee = serializers.PrimaryKeyRelatedField(queryset=User.objects.all(), required=False, allow_null=True)
    team = serializers.PrimaryKeyRelatedField(queryset=Team.objects.all(), required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Give either an assignee or a team."))
        return attrs


class SnoozeSerializer(serializers.Serializer[Any]):
    until = serializers.DateTimeField(allow_null=True)


class MergeConversationSerializer(serializers.Serializer[Any]):
    """Another conversation to be put into this one; `of_two_contacts` says that this is meant where they are two."""

    other = serializers.PrimaryKeyRelatedField(queryset=Conversation.objects.all())
    of_two_contacts = serializers.BooleanField(default=False)


class FieldsSerializer(serializers.Serializer[Any]):
    """Custom fields by their keys; null empties one."""

    values = serializers.DictField(child=serializers.JSONField(allow_null=True))


class PrioritySerializer(serializers.Serializer[Any]):
    priority = serializers.ChoiceField(Priority.choices)


class TagsSerializer(serializers.Serializer[Any]):
    """Tags to put on and to take off, by name."""

    add = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=50)
    remove = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=50)


class MergeSerializer(serializers.Serializer[Any]):
    """`other` is merged into the contact of the address, and remains as a signpost to it."""

    other = serializers.PrimaryKeyRelatedField(queryset=Contact.objects.all())
