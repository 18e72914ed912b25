"""What a visitor says of themselves is told to the agents, as a note beside what they wrote."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from django.utils import translation
from django.utils.translation import gettext as _

from channels_webchat.form import form_of
from channels_webchat.tokens import Visitor
from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Handle
from csplatform.conversations.actors import CUSTOMER
from csplatform.conversations.models import Conversation, Message, MessageKind
from csplatform.conversations.services import NewMessage, append, lock
from csplatform.flows.contact_details import leave_address, remember_timezone
from csplatform.flows.details import add_tag
from csplatform.gateway.models import ChannelAccount

_LONGEST_TAG = 60
# What opens a conversation, and the line of history about it.
_OPENING_LINES = 2


def tell_agents(account: ChannelAccount, visitor: Visitor) -> None:
    """Leave the address that a visitor gave as a note in their newest conversation, once. Needs a transaction.

    Answers that stay unread go there by mail. Whoever is anonymous has proved nothing by it, and the note says so:
    nobody is merged with anybody.
    """
    handle = Handle.objects.filter(account=account, external_id=visitor.id).first() if visitor.email else None
    newest = Conversation.objects.filter(handle=handle).order_by("-id").first() if handle else None
    if handle is None or newest is None:
        return
    said = {"email": visitor.email}
    if newest.messages.filter(kind=MessageKind.NOTE, data__contains=said).exists():
        return
    with suppress(InvalidInput):  # what a site says of somebody is shown, be it an address or not
        leave_address(handle, visitor.email, visitor.name, verified=visitor.is_signed_in)
    with translation.override(account.default_language):
        if visitor.is_signed_in:
            text = _("E-mail address, from the site: %(email)s") % said
        else:
            text = _("E-mail address, as given in the chat (not verified): %(email)s") % said
    append(lock(newest.pk), NewMessage(kind=MessageKind.NOTE, text=text, data=said, is_machine=True))


def tell_zone(visitor: Visitor, message: Message) -> None:
    """Write down the visitor's time zone with the message that opens a conversation."""
    if visitor.timezone and message.handle and message.seq <= _OPENING_LINES:
        remember_timezone(message.handle, visitor.timezone)


def tell_answers(account: ChannelAccount, message: Message, answers: Mapping[str, str]) -> None:
    """Leave what was answered before the first message as a note beside it, and its topic as a tag, once.

    Needs a transaction. `answers` is what `form.answers_of` returned.
    """
    if not answers:
        return
    conversation, facts = lock(message.conversation_id), {"answers_of": message.pk}
    if conversation.messages.filter(kind=MessageKind.NOTE, data__contains=facts).exists():
        return
    with translation.override(account.default_language):
        text = "\n".join(_told(account, answers))
    append(conversation, NewMessage(kind=MessageKind.NOTE, text=text, data=facts, is_machine=True))
    if "topic" in answers:
        add_tag(conversation.pk, answers["topic"][:_LONGEST_TAG], CUSTOMER)


def _told(account: ChannelAccount, answers: Mapping[str, str]) -> Iterator[str]:
    question = form_of(account.settings).question
    if "topic" in answers:
        yield _("Topic: %(topic)s") % answers
    if "question" in answers and question:
        yield f"{question.default}: {answers['question']}"
    if "agreed" in answers:
        yield _("Agreed to: %(agreed)s") % answers
