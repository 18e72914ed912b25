"""What colleagues write down about a contact, for each other."""

from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common.errors import InvalidInput, NotAllowed
from csplatform.common.text import without_nul
from csplatform.contacts.models import Contact, ContactNote
from csplatform.flows.fields import show_contact
from csplatform.people.models import User

LONGEST = 10_000


@transaction.atomic
def add_contact_note(contact_id: int, text: str, *, by: User) -> ContactNote:
    """Write something down about a contact. Raises InvalidInput for nothing, and for more than 10,000 characters."""
    text = without_nul(text).replace("\r\n", "\n").strip()
    if not 0 < len(text) <= LONGEST:
        raise InvalidInput(_("A note has 1 to %(most)d characters.") % {"most": LONGEST}, field="text")
    contact = Contact.objects.get(pk=contact_id)
    note = ContactNote.objects.create(contact=contact, author=by, text=text)
    show_contact(contact)
    return note


@transaction.atomic
def remove_contact_note(contact_id: int, note_id: int, *, by: User) -> None:
    """Delete a note, once. Raises NotAllowed for a colleague's, unless by somebody who sees everything."""
    note = ContactNote.objects.filter(pk=note_id, contact=contact_id).select_related("contact").first()
    if note is None:
        return
    if note.author_id != by.pk and not by.sees_everything:
        raise NotAllowed(_("This is a colleague's note."))
    note.delete()
    show_contact(note.contact)
