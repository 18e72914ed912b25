"""Reading custom fields, with the values that something has in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from csplatform.fields.models import CustomField, FieldOption, Target
from csplatform.fields.values import shown


@dataclass(frozen=True, slots=True)
class Entry:
    """A field with a value: as it is kept, and as it is read."""

    field: CustomField
    value: Any
    shown: str

    @property
    def options(self) -> list[FieldOption]:
        """What may be chosen."""
        return list(self.field.options.all())


def active_fields() -> list[CustomField]:
    """Return the fields that are shown, in their order, in two queries or one."""
    return list(CustomField.objects.filter(is_active=True).prefetch_related("options"))


def field_of(target: Target, key: str) -> CustomField | None:
    """Return an active field by its key."""
    fields = CustomField.objects.filter(is_active=True, target=target, key=key)
    return fields.prefetch_related("options").first()


def entries(fields: list[CustomField], target: Target, values: Mapping[str, Any]) -> list[Entry]:
    """Return those of `fields` that belong to `target`, with what `values` holds for them."""
    return [
        Entry(field, values.get(field.key), shown(field, values.get(field.key)))
        for field in fields
        if field.target == target
    ]


def missing(conversation_values: Mapping[str, Any], contact_values: Mapping[str, Any]) -> list[CustomField]:
    """Return the fields that must be filled before a conversation is resolved, and are not."""
    required = CustomField.objects.filter(is_active=True, required_to_resolve=True)
    held = {Target.CONVERSATION.value: conversation_values, Target.CONTACT.value: contact_values}
    return [field for field in required if held[field.target].get(field.key) in (None, "")]
