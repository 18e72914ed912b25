"""Which conversation a message belongs to, and whether we have it already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Value

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Dispatch, DispatchState, Message, Route, Status
from csplatform.conversations.services import lock_all
from csplatform.flows.receipts import reported
from csplatform.gateway.contract import InboundMessage
from csplatform.gateway.ids import stable_id, twin_id
from csplatform.gateway.models import ChannelAccount

# A resolved conversation is reopened by its customer for this long; later, a new one begins.
REOPEN_WITHIN = timedelta(days=14)
# The largest id there can be; a larger number in a thread's name names nothing.
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """The conversation a message continues, None where it begins a new one.

    A new one that is `held_for` another quotes it, though its sender takes no part there.
    """

    conversation: Conversation | None = None
    held_for: Conversation | None = None


class Sorting:
    """Knows everything of an account that some messages for it may repeat, quote or continue.

    It is read at once, in a fixed number of statements; the `conversations` are locked until the transaction ends.
    `remember` adds what becomes of one of the messages, for those that come after it.
    """

    def __init__(
        self, account: ChannelAccount, handles: Mapping[str, Handle], events: Sequence[InboundMessage]
    ) -> None:
        self._account = account
        self._threaded = account.adapter().abilities.threaded
        self._messages, self._sent = _known(account, events)
        where = {external_id: dispatch.conversation_id for external_id, dispatch in self._sent.items()}
        where |= {external_id: message.conversation_id for external_id, message in self._messages.items()}
        self._reported = {id(event): reported(account, event.receipts) for event in events if event.receipts}
        quoted = {where[ref] for event in events for ref in _refs(event) if ref in where}
        quoted |= {pk for event in events for pk in _names(event)} | {pk for pk in self._reported.values() if pk}
        people = [handle.contact_id for handle in handles.values()]
        rooted = _rooted(account, people, events) if self._threaded else {}
        held = _held(quoted, people) if quoted else {}
        current = {} if self._threaded else _current(handles.values())
        locked = _lock(account, {*quoted, *rooted.values(), *held.values(), *current.values()})
        self._by_id = locked
        self._where = {external_id: locked[pk] for external_id, pk in where.items() if pk in locked}
        self._rooted = {key: locked[pk] for key, pk in rooted.items() if pk in locked}
        self._held = {
            (id(locked[target]), contact): locked[pk]
            for (target, contact), pk in held.items()
            if target in locked and pk in locked
        }
        self._current = {key: locked[pk] for key, pk in current.items() if pk in locked}

    @property
    def conversations(self) -> list[Conversation]:
        """What was found, locked."""
        return list({conversation.pk: conversation for conversation in self._by_id.values()}.values())

    def recognise(self, event: InboundMessage) -> tuple[str, Message | None]:
        """Return the id to store and the message that has it already, if any.

        The id of a reply of ours (an echo) is a repeat too. Two different mails under one Message-ID are not.
        """
        external_id = stable_id(event.external_id)
        known = self._messages.get(external_id)
        if known is None:
            return external_id, self._sent[external_id].message if external_id in self._sent else None
        if known.fingerprint == event.fingerprint:
            return external_id, known
        twin = twin_id(external_id, event.fingerprint)
        return twin, self._messages.get(twin)

    def place(self, handle: Handle, event: InboundMessage, at: datetime) -> Place:
        """Return where `event`, which came at `at` from `handle`, belongs."""
        about = self._by_id.get(self._reported.get(id(event)) or 0)
        if about is not None:
            return Place(about)
        if self._threaded:
            return self._by_reference(handle, event)
        return Place(self._latest(handle, at))

    def proven(self, event: InboundMessage, conversation: Conversation) -> list[Dispatch]:
        """Return the doubtful sends of `conversation` that `event` quotes: whoever quotes one has got it."""
        quoted = (self._sent[ref] for ref in _refs(event) if ref in self._sent)
        doubtful = (dispatch for dispatch in quoted if dispatch.state == DispatchState.UNCERTAIN)
        return [dispatch for dispatch in doubtful if dispatch.conversation_id == conversation.pk]

    def remember(self, message: Message, handle: Handle, event: InboundMessage) -> None:
        """Know a message that has just found its place."""
        conversation = message.conversation
        self._messages[message.external_id] = message
        self._where[message.external_id] = conversation
        self._current[handle.pk] = conversation
        if event.thread_root:
            self._rooted[handle.contact_id, event.thread_root] = conversation
        if conversation.pk is None and conversation.held_for is not None:
            self._held[id(conversation.held_for), handle.contact_id] = conversation

    def _by_reference(self, handle: Handle, event: InboundMessage) -> Place:
        """The nearest message it refers to decides, then the thread's name; and only for somebody who takes part there.

        A stranger who quotes a thread gets a conversation of their own, which is held beside it.
        """
        quoted = self._quoted(event)
        joinable = next((found for found in quoted if takes_part(handle, found)), None)
        if joinable is None and event.thread_root:  # some programs cut the references, and keep this name instead
            joinable = self._rooted.get((handle.contact_id, event.thread_root))
        if joinable is not None or not quoted:
            return Place(joinable)
        # A stranger's second mail goes where their first is held.
        held = self._held.get((id(quoted[0]), handle.contact_id))
        return Place(held) if held else Place(held_for=quoted[0])

    def _quoted(self, event: InboundMessage) -> list[Conversation]:
        """Return the account's conversations that `event` points to, the surest first."""
        found = [self._where[ref] for ref in _refs(event) if ref in self._where]
        found += [self._by_id[pk] for pk in _names(event) if pk in self._by_id]
        return list({id(conversation): conversation for conversation in found}.values())

    def _latest(self, handle: Handle, at: datetime) -> Conversation | None:
        """The person's latest conversation on this account, unless it has been resolved for too long."""
        latest = self._current.get(handle.pk)
        if latest is None:
            return None
        if latest.status == Status.RESOLVED and latest.resolved_at and latest.resolved_at < at - REOPEN_WITHIN:
            return None
        return latest


def _lock(account: ChannelAccount, ids: set[int]) -> dict[int, Conversation]:
    """Return those of an account's conversations, locked; in place of one that was merged, the one it went into."""
    locked = lock_all(account, ids)
    merged = {found.pk: found.merged_into_id for found in locked.values() if found.merged_into_id}
    locked |= lock_all(account, set(merged.values()) - locked.keys())
    return locked | {pk: locked[into] for pk, into in merged.items() if into in locked}


def takes_part(handle: Handle, conversation: Conversation) -> bool:
    """Return whether `handle`'s person is in the conversation: its contact, or somebody written to in it."""
    return conversation.contact_id == handle.contact_id or handle.external_id.lower() in conversation.participants


def _refs(event: InboundMessage) -> list[str]:
    return [stable_id(ref) for ref in event.thread_refs]


def _names(event: InboundMessage) -> list[int]:
    names = [int(name) for name in event.thread_names if name.isascii() and name.isdigit()]
    return [pk for pk in names if pk <= _LARGEST_ID]


def _known(account: ChannelAccount, events: Iterable[InboundMessage]) -> tuple[dict[str, Message], dict[str, Dispatch]]:
    """Return by external id the messages we have, and the calls that sent ours, that `events` are or refer to."""
    ids: set[str] = set()
    for event in events:
        external_id = stable_id(event.external_id)
        ids.update((external_id, twin_id(external_id, event.fingerprint), *_refs(event)))
    belongs = {"account": account, "external_id__in": ids}
    messages = Message.objects.filter(**belongs).defer("text", "full_text", "html")
    sent = Dispatch.objects.filter(**belongs).select_related("message")
    return (
        {message.external_id: message for message in messages},
        {dispatch.external_id: dispatch for dispatch in sent},
    )


def _rooted(
    account: ChannelAccount, people: Sequence[int], events: Iterable[InboundMessage]
) -> dict[tuple[int, str], int]:
    """Return by contact and thread's own name the conversation where that was seen last."""
    roots = {event.thread_root for event in events if event.thread_root}
    if not roots:
        return {}
    own = Message.objects.filter(conversation__contact_id__in=people, account=account)
    same = own.filter(metadata__thread_root__in=roots).order_by("id")
    found = same.values_list("conversation__contact_id", "metadata__thread_root", "conversation_id")
    return {(contact_id, root): pk for contact_id, root, pk in found}


def _held(quoted: Iterable[int], people: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return by thread and contact the conversation in which the contact's mail is held beside the thread."""
    held = Conversation.objects.filter(held_for__in=quoted, contact_id__in=people).order_by("id")
    return {(target, contact): pk for target, contact, pk in held.values_list("held_for_id", "contact_id", "pk")}


def _current(handles: Iterable[Handle]) -> dict[int, int]:
    """Return by handle the person's latest conversation, which is another account's where we wrote to them in it."""
    ids = [handle.pk for handle in handles]
    latest = Conversation.objects.filter(handle__in=ids).order_by("handle_id", "-id").distinct("handle_id")
    routes = Route.objects.filter(handle__in=ids)
    # One statement for both: somebody waits for a chat's message to be stored.
    found = latest.values_list("handle_id", "last_message_at", Value(0), "pk").union(
        routes.values_list("handle_id", "used_at", Value(1), "conversation"), all=True
    )
    earliest = datetime.min.replace(tzinfo=UTC)
    return {handle_id: pk for handle_id, _at, _, pk in sorted(found, key=lambda row: (row[1] or earliest, row[2]))}
