"""What waits to be sent: shown, taken back, thrown away, held back with the reason, taken over by a colleague."""

import structlog
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from csplatform.common.errors import NotAllowed, NotFound
from csplatform.conversations.actors import SYSTEM, Actor
from csplatform.conversations.models import Conversation, Draft, EventVerb
from csplatform.conversations.services import lock, record, touch
from csplatform.flows import drafts
from csplatform.people.models import User

log = structlog.get_logger(__name__)

AUTHOR_LEFT = gettext_noop("Its author no longer works here.")
NO_ACCESS = gettext_noop("Its author no longer has access to the conversation.")
CUSTOMER_WROTE = gettext_noop("The customer wrote meanwhile.")
# Where its author cannot do anything about it, colleagues may.
ORPHANED = (AUTHOR_LEFT, NO_ACCESS)


def planned_in(conversation: Conversation) -> list[Draft]:
    """Return what waits to be sent in a conversation, and what was held back from authors who cannot see to it."""
    rows = Draft.objects.filter(conversation=conversation).exclude(send_at__isnull=True, held_reason="")
    rows = rows.select_related("author").prefetch_related("files").order_by(F("send_at").asc(nulls_first=True), "id")
    return [draft for draft in rows if draft.is_planned or draft.held_reason in ORPHANED]


@transaction.atomic
def take_back(draft_id: int, *, by: User) -> Draft:
    """Let what waits not be sent: it is a draft of its author again. Raises NotFound where it has been sent."""
    draft = locked(draft_id)
    return _back(draft, EventVerb.UNPLANNED, Actor.agent(by))


@transaction.atomic
def discard(draft_id: int, *, by: User) -> None:
    """Throw away what waits, at its author's wish. Raises NotFound where it has been sent, NotAllowed for others."""
    draft = locked(draft_id)
    if draft.author_id != by.pk:
        raise NotAllowed(_("Only its author can throw this away."))
    drafts.drop_files(list(draft.files.all()))
    draft.delete()
    _write_down(draft, EventVerb.UNPLANNED, Actor.agent(by), is_worth_a_line=draft.is_later)


@transaction.atomic
def take_over(draft_id: int, *, by: User) -> Draft:
    """Make what was held back from an author who cannot see to it any more a draft of `by`. Raises NotFound."""
    draft = locked(draft_id, planned=False)
    if draft.held_reason not in ORPHANED:
        raise NotFound("this draft is another's")
    drafts.tell(draft.conversation_id, draft.mode, draft.author, 0)
    begun = drafts.current(draft.conversation, draft.mode, by)
    if begun is not None:
        begun.text = "\n\n".join(text for text in (draft.text, begun.text) if text.strip())
        draft.files.update(draft=begun)
        draft.delete()
    else:
        draft.author, draft.held_reason = by, ""
        begun = draft
    touch(draft.conversation)
    return drafts.keep(begun)


@transaction.atomic
def hold_back(draft_id: int, reason: str) -> None:
    """Put back what was planned, and say why in the history. What is no longer planned is left alone."""
    try:
        draft = locked(draft_id)
    except NotFound:
        return
    draft.held_reason = reason
    log.info("planned_held_back", draft=draft.pk, reason=reason)
    _back(draft, EventVerb.HELD_BACK, SYSTEM, reason=reason)


def locked(draft_id: int, *, planned: bool = True) -> Draft:
    """Return a draft, locked after its conversation. Raises NotFound where it is not (or no longer) there."""
    conversation_id = Draft.objects.filter(pk=draft_id).values_list("conversation_id", flat=True).first()
    conversation = lock(conversation_id) if conversation_id else None
    rows = Draft.objects.select_for_update(of=("self",)).select_related("author")
    draft = rows.filter(pk=draft_id, send_at__isnull=not planned).first()
    if draft is None or conversation is None:
        raise NotFound("this is not waiting to be sent any more")
    draft.conversation = conversation
    return draft


def _back(draft: Draft, verb: EventVerb, actor: Actor, **facts: str) -> Draft:
    is_worth_a_line = draft.is_later or verb == EventVerb.HELD_BACK  # undoing what was just sent is not
    back = drafts.put_back(draft)
    _write_down(draft, verb, actor, is_worth_a_line=is_worth_a_line, **facts)
    return back


def _write_down(draft: Draft, verb: EventVerb, actor: Actor, *, is_worth_a_line: bool, **facts: str) -> None:
    """Tell the open screens what became of what was planned, and the history where it is worth a line there."""
    if is_worth_a_line:
        record(draft.conversation, verb, actor, of=draft.author.name, of_id=draft.author.pk, **facts)
    else:
        touch(draft.conversation)
