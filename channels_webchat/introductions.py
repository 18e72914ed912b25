"""What a visitor says of themselves is told to the agents, as a note beside what they wrote."""

from django.utils import translation
from django.utils.translation import gettext as _

from channels_webchat.tokens import Visitor
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, MessageKind
from csplatform.conversations.services import NewMessage, append, lock
from csplatform.gateway.models import ChannelAccount


def tell_agents(account: ChannelAccount, visitor: Visitor) -> None:
    """Leave the address that a visitor gave as a note in their newest conversation, once. Needs a transaction.

    Whoever is anonymous has proved nothing by it, and the note says so: nobody is merged with anybody.
    """
    handle = Handle.objects.filter(account=account, external_id=visitor.id).first() if visitor.email else None
    newest = Conversation.objects.filter(handle=handle).order_by("-id").first() if handle else None
    if newest is None:
        return
    conversation, said = lock(newest.pk), {"email": visitor.email}
    if conversation.messages.filter(kind=MessageKind.NOTE, data__contains=said).exists():
        return
    with translation.override(account.default_language):
        if visitor.is_signed_in:
            text = _("E-mail address, from the site: %(email)s") % said
        else:
            text = _("E-mail address, as given in the chat (not verified): %(email)s") % said
    append(conversation, NewMessage(kind=MessageKind.NOTE, text=text, data=said, is_machine=True))
