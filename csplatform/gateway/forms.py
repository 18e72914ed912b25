"""Setting up a channel account: its values go in as its channel describes them, its secrets never come out again."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from csplatform.common.languages import normalise_tag
from csplatform.gateway import tokens
from csplatform.gateway.contract import AccountField
from csplatform.gateway.entries import ADDRESS, PREFIX, SecretWidget, described, entered, form_field, initial
from csplatform.gateway.models import ChannelAccount

EMPTY_ROWS = 3


class CredentialsWidget(forms.Widget):
    """Names with an empty password field each, and empty rows for new ones. Values are never rendered."""

    template_name = "gateway/credentials.html"
    known: tuple[str, ...] = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        rows = [*self.known, *[""] * EMPTY_ROWS]
        return super().get_context(name, None, attrs) | {"rows": rows}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str | None]:
        """Return what changes: a new value for each name, None for what is to be forgotten."""
        names, values = data.getlist(f"{name}-name"), data.getlist(f"{name}-value")
        changes: dict[str, str | None] = {
            key.strip(): value for key, value in zip(names, values, strict=False) if key.strip() and value
        }
        return changes | dict.fromkeys(data.getlist(f"{name}-forget"))

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""


class CredentialsField(forms.Field):
    """Cleans to the changes that the widget read."""

    widget = CredentialsWidget

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


class ChannelAccountForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """What every account has, and credentials and settings by name for what its channel does not describe.

    `account_form` adds the fields that it does describe. Credentials left blank stay as they are.
    """

    slug: ClassVar[str] = ""
    entries: ClassVar[tuple[AccountField, ...]] = ()

    default_language = forms.ChoiceField(
        label=_("Default language"),
        initial="en",
        choices=lambda: [(normalise_tag(code), name) for code, name in settings.LANGUAGES],
        widget=UnfoldAdminSelectWidget,
        help_text=_("For automatic texts, where the customer's language is not known."),
    )
    # Not called `credentials`: Django lets no form field share a name with a model field that is not editable.
    secrets = CredentialsField(
        label=_("Credentials"),
        required=False,
        help_text=_("Stored encrypted and never shown again. What you leave blank stays as it is."),
    )

    class Meta:
        model = ChannelAccount
        fields = ("name", "address", "team", "default_language", "acknowledge", "settings", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.instance.channel = self.slug
        names = self._described_names()
        self.fields["secrets"].widget.known = tuple(sorted(tokens.entered(self.instance.credentials).keys() - names))
        for name in ("address", "settings"):
            self.fields[name].widget.attrs["dir"] = "ltr"
        self.initial["settings"] = {name: value for name, value in self._settings().items() if name not in names}
        for entry in self.entries:
            self.initial[PREFIX + entry.name] = initial(entry, self.instance.credentials, self._settings())
            widget = self.fields[PREFIX + entry.name].widget
            if isinstance(widget, SecretWidget):
                widget.kept = entry.name in self.instance.credentials
        self._word_address()

    def _word_address(self) -> None:
        worded = next((entry for entry in described(self.slug) if entry.name == ADDRESS), None)
        if worded is not None:
            self.fields["address"].label, self.fields["address"].help_text = worded.label, worded.help

    def _described_names(self) -> set[str]:
        return {entry.name for entry in self.entries}

    def _settings(self) -> dict[str, Any]:
        return self.instance.settings if isinstance(self.instance.settings, dict) else {}

    def clean_address(self) -> str:
        """Return the address; no other account of the channel may have it."""
        address: str = self.cleaned_data["address"]
        others = ChannelAccount.objects.filter(channel=self.slug, address=address).exclude(pk=self.instance.pk)
        if others.exists():
            raise forms.ValidationError(_("Another account of this channel has this address."))
        return address

    def clean_secrets(self) -> dict[str, str | None]:
        """Return the changes; what has a field of its own is entered there."""
        changes: dict[str, str | None] = self.cleaned_data["secrets"]
        self._refuse_described(changes)
        return changes

    def clean_settings(self) -> dict[str, Any]:
        """Return the settings; an object is wanted, whatever else JSON knows."""
        value = self.cleaned_data["settings"]
        if value is not None and not isinstance(value, dict):
            raise forms.ValidationError(_("Enter a JSON object, such as {}."))
        self._refuse_described(value or {})
        return value or {}

    def _refuse_described(self, given: Mapping[str, Any]) -> None:
        for name in sorted(given.keys() & self._described_names()):
            raise forms.ValidationError(gettext("“%(name)s” has a field of its own.") % {"name": name})

    def clean(self) -> dict[str, Any]:
        """Put credentials and settings together, once every field is as it should be."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            merged = {**self.instance.credentials, **cleaned["secrets"]}
            kept = {name: value for name, value in merged.items() if value is not None}
            kept, cleaned["settings"] = entered(self.entries, cleaned, kept, cleaned["settings"])
            self.instance.credentials = kept
        return cleaned


def account_form(slug: str) -> type[ChannelAccountForm]:
    """Return the form for accounts of one channel."""
    entries = tuple(entry for entry in described(slug) if entry.name != ADDRESS)
    fields = {PREFIX + entry.name: form_field(entry) for entry in entries}
    return type("AccountForm", (ChannelAccountForm,), {"slug": slug, "entries": entries, **fields})
