"""What the desk lets an agent type about a contact."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from csplatform.contacts.models import Contact, Organisation
from csplatform.desk.choices import languages


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """The contact's facts. The organisation is given by its name, and made where it is new."""

    organisation_name = forms.CharField(label=_("Organisation"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)

    class Meta:
        model = Contact
        fields = ("name", "language", "tier", "timezone")

    field_order = ("name", "organisation_name", "tier", "language", "timezone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": ""} | kwargs)
        contact = self.instance
        self.initial["organisation_name"] = contact.organisation.name if contact.organisation else ""
        choice = self.fields["language"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", _("Unknown")), *languages(contact.language)]
        self.fields["organisation_name"].widget.attrs["list"] = "organisations"
        for field in self.fields.values():
            field.widget.attrs["dir"] = "auto"

    def save(self, commit: bool = True) -> Contact:
        """Save the contact and, where it is new, its organisation."""
        name = " ".join(self.cleaned_data["organisation_name"].split())
        self.instance.organisation = Organisation.objects.get_or_create(name=name)[0] if name else None
        contact: Contact = super().save(commit)
        return contact
