"""The form fields of an account, made from what its channel says of the values it needs."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from csplatform.gateway.contract import AccountField, FieldKind
from csplatform.gateway.errors import UnknownChannel
from csplatform.gateway.registry import channel_class

# Keeps a channel's own names apart from those of the account.
PREFIX = "entry_"
ADDRESS = "address"
SECRETS = frozenset({FieldKind.SECRET, FieldKind.LONG_SECRET})
CREDENTIALS = SECRETS | {FieldKind.LOGIN}
# Host names, keys and passwords read from left to right, also on a page that does not.
_AS_TYPED = {"dir": "ltr", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class SecretWidget(forms.Widget):
    """An empty field; `kept` says that there is a secret already, which can be replaced or forgotten, never read."""

    template_name = "gateway/secret.html"
    kept = False

    def __init__(self, *, long: bool) -> None:
        super().__init__()
        self.long = long

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs) | {"kept": self.kept, "long": self.long}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        """Return a new secret, "" for no change, None for what is to be forgotten; a new one wins."""
        given = str(data.get(name) or "").replace("\r\n", "\n")
        given = given.strip() if self.long else given.strip("\n")
        return None if not given and data.get(f"{name}-forget") else given

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False


class SecretField(forms.Field):
    """Cleans to what the widget read."""

    widget: SecretWidget

    def clean(self, value: str | None) -> str | None:
        """Want a secret where one is required and none is kept, or the kept one is to be forgotten."""
        if self.required and (value is None or not (value or self.widget.kept)):
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data != "")


class NumberField(forms.FloatField):
    """A number; a whole one comes out as int."""

    def clean(self, value: Any) -> int | float | None:
        number = super().clean(value)
        return int(number) if number is not None and number.is_integer() else number


class ListField(forms.CharField):
    """Texts, one a line."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


def described(slug: str) -> tuple[AccountField, ...]:
    """Return what the channel says of its accounts; nothing where no installed app has it."""
    try:
        return channel_class(slug).abilities.fields
    except UnknownChannel:
        return ()


def form_field(entry: AccountField) -> forms.Field:
    """Return an empty form field for one value."""
    options: dict[str, Any] = {"label": entry.label, "required": entry.required, "help_text": entry.help}
    match entry.kind:
        case FieldKind.SECRET | FieldKind.LONG_SECRET:
            return SecretField(**options, widget=SecretWidget(long=entry.kind is FieldKind.LONG_SECRET))
        case FieldKind.NUMBER:
            return NumberField(**options, widget=UnfoldAdminIntegerFieldWidget(attrs={"step": "any"}))
        case FieldKind.SWITCH:
            return forms.BooleanField(**options | {"required": False}, widget=UnfoldBooleanSwitchWidget())
        case FieldKind.CHOICE:
            nothing = [] if entry.required or "" in dict(entry.choices) else [("", _("None"))]
            choices = [*nothing, *entry.choices]
            return forms.ChoiceField(**options, choices=choices, widget=UnfoldAdminSelectWidget())
        case FieldKind.LIST:
            help_text = entry.help or _("One a line.")
            widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, **_AS_TYPED})
            return ListField(**options | {"help_text": help_text}, widget=widget)
        case FieldKind.LONG_TEXT:
            return forms.CharField(**options, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "dir": "auto"}))
        case _:
            attrs = {"dir": "auto", "autocomplete": "off"} if entry.kind is FieldKind.TEXT else _AS_TYPED
            return forms.CharField(**options, widget=UnfoldAdminTextInputWidget(attrs=attrs))


def initial(entry: AccountField, credentials: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """Return what the form shows at first: what is kept, else the channel's default; of a secret, nothing."""
    if entry.kind in SECRETS:
        return None
    return (credentials if entry.kind in CREDENTIALS else settings).get(entry.name, entry.default)


def entered(
    entries: Sequence[AccountField],
    cleaned: Mapping[str, Any],
    credentials: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return credentials and settings with what was `cleaned` from the form written into them."""
    kept = {True: dict(credentials), False: dict(settings)}
    for entry in entries:
        value, place = cleaned[PREFIX + entry.name], kept[entry.kind in CREDENTIALS]
        if entry.kind in SECRETS and value == "":
            continue
        if value is None or value == "" or value == []:
            place.pop(entry.name, None)
        else:
            place[entry.name] = value
    return kept[True], kept[False]
