"""What the composer and its surroundings show of drafts: what is being written, and what waits to be sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.text import one_line
from csplatform.conversations.models import Conversation, Draft, DraftFile, Message, MessageKind
from csplatform.desk.history import author_of, in_our_words, sentence
from csplatform.desk.zones import zone_of
from csplatform.flows.attachments import most_bytes
from csplatform.flows.drafts import written_by
from csplatform.flows.unsent import planned_in
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.selectors import abilities_of
from csplatform.people.models import User

# Characters of a text that another line quotes.
LONGEST_SAID = 120


@dataclass(frozen=True, slots=True)
class PlannedCard:
    """An answer that waits, as the foot of the timeline shows it; times are in the reader's zone.

    `is_fresh` is one that was just sent and can be undone for `seconds` more; `theirs` is the customer's local time,
    where it is known and another. `is_held` is one that was not sent and whose author cannot see to it.
    """

    draft: Draft
    is_mine: bool
    is_fresh: bool
    seconds: int
    at: datetime | None
    theirs: datetime | None
    customer_wrote: bool

    @property
    def is_held(self) -> bool:
        return self.at is None


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What the channel takes beside text: `most` bytes a file; `words` say so."""

    most: int
    words: str


def cards(user: User, conversation: Conversation) -> list[PlannedCard]:
    """Return what waits to be sent in a conversation, the next one first; two queries at most."""
    return [_card(draft, user, conversation) for draft in planned_in(conversation)]


def _card(draft: Draft, user: User, conversation: Conversation) -> PlannedCard:
    wrote = conversation.last_customer_message_at
    zone = zone_of(conversation.contact.timezone)
    at = timezone.localtime(draft.send_at) if draft.send_at else None
    theirs = timezone.localtime(draft.send_at, zone) if draft.send_at and zone else None
    return PlannedCard(
        draft=draft,
        is_mine=draft.author_id == user.pk,
        is_fresh=at is not None and not draft.is_later,
        seconds=max(0, round((draft.send_at - clock.now()).total_seconds())) if draft.send_at else 0,
        at=at,
        theirs=theirs if theirs and at and theirs.replace(tzinfo=None) != at.replace(tzinfo=None) else None,
        customer_wrote=bool(draft.is_later and wrote and draft.planned_at and wrote > draft.planned_at),
    )


def written(user: User, conversation: Conversation) -> dict[str, dict[str, Any]]:
    """Return what `user` is writing in a conversation, by mode, as the page's scripts read it."""
    return {mode: as_data(draft) for mode, draft in written_by(user, conversation).items()}


def as_data(draft: Draft | None) -> dict[str, Any]:
    """Return a draft as the page's scripts read it; empty for none."""
    if draft is None:
        return {}
    return {
        "key": str(draft.key),
        "version": draft.version,
        "text": draft.text,
        "letter": draft.letter,
        "seen": draft.seen_seq,
        "held": in_our_words(draft.held_reason),
        "files": [file_as_data(file) for file in draft.files.all()],
    }


def file_as_data(file: DraftFile) -> dict[str, Any]:
    """Return a file of a draft as the page's scripts read it."""
    return {
        "key": str(file.key),
        "name": file.name,
        "size": filesizeformat(file.size),
        "url": reverse("desk:draft-file", args=[file.draft.conversation_id, file.key]),
        "image": file.is_image,
    }


def file_limits(account: ChannelAccount) -> FileLimits:
    """Return what may be attached to an answer through `account`; `most` is 0 where nothing may."""
    abilities = abilities_of(account)
    if abilities.attachments_per_message == 0:
        return FileLimits(0, _("This channel takes no files."))
    most = most_bytes(abilities.max_attachment)
    return FileLimits(most, _("Attach files, up to %(size)s each") % {"size": filesizeformat(most)})


def line_about(message: Message, conversation: Conversation) -> str:
    """Return what a colleague did while somebody else was writing."""
    if message.kind == MessageKind.EVENT:
        return sentence(message, conversation)
    words = {"who": author_of(message, conversation), "text": one_line(message.text, LONGEST_SAID)}
    return _("%(who)s answered: %(text)s") % words


def plan_about(draft: Draft) -> str:
    """Return that a colleague's answer waits to be sent."""
    words = {"who": draft.author.name, "text": one_line(draft.text, LONGEST_SAID)}
    return _("%(who)s is about to answer: %(text)s") % words


def composing(user: User, conversation: Conversation, account: ChannelAccount) -> dict[str, Any]:
    """Return what the composer begins with: drafts, and what may be attached."""
    drafts = written(user, conversation)
    first = drafts.get("reply") or drafts.get("note") or {}
    mode = "note" if "note" in drafts and "reply" not in drafts else "reply"
    typed = {name: first[name] for name in ("text", "key", "version", "seen")} if first else {}
    return {"drafts": drafts, "typed": typed | {"mode": mode}, "file_limits": file_limits(account)}
