"""Entering a channel account's secrets: they go in, and never come out again."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from csplatform.common.languages import normalise_tag
from csplatform.gateway import registry
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
    """The channel is chosen among the installed ones; credentials left blank stay as they are."""

    channel = forms.ChoiceField(label=_("Channel"), widget=UnfoldAdminSelectWidget)
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
        fields = ("channel", "name", "address", "team", "default_language", "acknowledge", "settings", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["secrets"].widget.known = tuple(sorted(self.instance.credentials))
        self.fields["settings"].widget.attrs["dir"] = "ltr"
        channel = self.fields.get("channel")
        if isinstance(channel, forms.ChoiceField):
            channel.choices = [(each.slug, each.label) for each in registry.all_channels()]

    def clean_settings(self) -> dict[str, Any]:
        """Return the settings; an object is wanted, whatever else JSON knows."""
        value = self.cleaned_data["settings"]
        if value is not None and not isinstance(value, dict):
            raise forms.ValidationError(_("Enter a JSON object, such as {}."))
        return value or {}

    def save(self, commit: bool = True) -> ChannelAccount:
        """Save the account with its old credentials and the changes made to them."""
        merged = {**self.instance.credentials, **self.cleaned_data["secrets"]}
        self.instance.credentials = {name: value for name, value in merged.items() if value is not None}
        account: ChannelAccount = super().save(commit)
        return account
