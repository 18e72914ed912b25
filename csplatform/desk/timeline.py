"""What an open conversation shows: its messages as lines, and whether it may be answered."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation, Message, MessageKind
from csplatform.conversations.selectors import messages_since, visible_conversations
from csplatform.desk.history import author_of, is_by_another, other_conversation, sentence
from csplatform.desk.letters import Letter, letter_of
from csplatform.flows.outgoing import account_of
from csplatform.flows.reply import FORWARDABLE
from csplatform.flows.seen import seen_up_to
from csplatform.gateway.contract import Abilities
from csplatform.gateway.errors import UnknownChannel
from csplatform.gateway.registry import channel_class
from csplatform.gateway.selectors import abilities_of
from csplatform.people.models import User

PAGE = 60
# A page is this long at most where it reaches back to the first message that is unread.
MOST_UNREAD = 300
# Characters and lines past which a message is folded.
LONG, LONG_LINES = 3000, 45
_LAID_OUT = re.compile(r"<(?:table|img|[uo]l|h[1-4])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline; times are in the reader's zone.

    `address` is where a message came from whose writer is not the conversation's contact.
    `sentence` is set for events only; `other` is another conversation that it speaks of, if the reader may see that.
    `is_mail` lines stand for themselves; in a chat, lines of one person follow each other without their name.
    """

    message: Message
    who: str
    at: datetime
    day: date
    sentence: str
    files: list[Attachment]
    letter: Letter
    address: str = ""
    other: int | None = None
    is_mail: bool = False
    has_menu: bool = False
    starts_day: bool = False
    starts_unread: bool = False

    @property
    def template(self) -> str:
        """The template that shows it."""
        return "desk/timeline/event.html" if self.message.kind == MessageKind.EVENT else "desk/timeline/message.html"

    @property
    def is_folded(self) -> bool:
        """Whether quotes and a signature were folded away."""
        return bool(self.message.full_text.strip()) and self.message.full_text.strip() != self.message.text.strip()

    @property
    def is_long(self) -> bool:
        """Whether only its beginning is shown at first."""
        text = self.message.text
        return len(text) > LONG or text.count("\n") > LONG_LINES

    @property
    def shows_html(self) -> bool:
        """Whether the HTML says more than the text: tables, pictures, lists; plain mail reads better as text."""
        return bool(_LAID_OUT.search(self.message.html)) or (bool(self.message.html) and not self.message.text.strip())


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lines in order; `earlier` is the number to ask from for what came before, None at the beginning."""

    lines: list[Line]
    earlier: int | None


def latest(user: User, conversation: Conversation, before: int | None = None) -> Timeline:
    """Return the newest lines for `user`, or those just before message number `before`.

    The newest reach back to the first that `user` has not read, which is marked.
    """
    messages = _shown(conversation)
    size, seen = PAGE, None
    if before is not None:
        messages = messages.filter(seq__lt=before)
    else:
        seen = seen_up_to(user, conversation)
        size = min(max(PAGE, conversation.last_seq - (seen or conversation.last_seq) + 5), MOST_UNREAD)
    found = list(messages.order_by("-seq")[: size + 1])
    more = len(found) > size
    page = found[:size][::-1]
    lines = lines_of(user, conversation, page)
    return Timeline(_marked(user, lines, seen), page[0].seq if more else None)


def _marked(user: User, lines: list[Line], seen: int | None) -> list[Line]:
    """Mark the first line that somebody else wrote after message number `seen`; none for who never looked."""
    if seen is None:
        return lines
    for place, line in enumerate(lines):
        message = line.message
        if message.seq > seen and message.kind != MessageKind.EVENT and message.author_id != user.pk:
            return [*lines[:place], replace(line, starts_unread=True), *lines[place + 1 :]]
    return lines


def changes(user: User, conversation: Conversation, revision: int) -> list[Line]:
    """Return the lines that are new or changed since `revision`, for a screen that shows the rest."""
    return lines_of(user, conversation, list(messages_since(conversation, revision).defer("account__credentials")))


def lines_of(user: User, conversation: Conversation, messages: Sequence[Message]) -> list[Line]:
    """Return `messages` as lines, each knowing whether a new day starts with it."""
    lines: list[Line] = []
    visible = _visible_others(user, messages)
    abilities = abilities_of(conversation.account)
    for message in messages:
        at = timezone.localtime(message.created_at)
        event = message.kind == MessageKind.EVENT
        other = other_conversation(message)
        lines.append(
            Line(
                message=message,
                who=author_of(message, conversation),
                at=at,
                day=at.date(),
                sentence=sentence(message, conversation) if event else "",
                files=[] if event else [file for file in message.attachments.all() if not file.is_inline],
                letter=Letter() if event else letter_of(message, conversation),
                address=message.handle.external_id if message.handle and is_by_another(message, conversation) else "",
                other=other if other in visible else None,
                is_mail=abilities.threaded,
                has_menu=message.kind in FORWARDABLE and (abilities.copies or _has_source(message, abilities)),
                starts_day=not lines or lines[-1].day != at.date(),
            )
        )
    return lines


def _visible_others(user: User, messages: Iterable[Message]) -> frozenset[int]:
    """Return which of the conversations that `messages` speak of `user` may see, in one query or none."""
    named = {number for number in map(other_conversation, messages) if number is not None}
    if not named:
        return frozenset()
    return frozenset(visible_conversations(user).filter(pk__in=named).order_by().values_list("pk", flat=True))


def _has_source(message: Message, abilities: Abilities) -> bool:
    return abilities.source and message.delivery_id is not None


def hint(conversation: Conversation, way: Handle) -> str:
    """Return why the customer cannot be answered by `way`, whenever they wrote; empty where they can be."""
    account = account_of(conversation, way)
    if conversation.contact.is_blocked:
        return _("This contact is blocked.")
    if not account.is_active:
        return _("The account %(name)s is switched off: nothing can be sent through it.") % {"name": account.name}
    try:
        channel_class(account.channel)
    except UnknownChannel:
        return _("The channel of this conversation is no longer installed.")
    return ""


def _shown(conversation: Conversation) -> QuerySet[Message]:
    return messages_since(conversation, -1).defer("account__credentials")
