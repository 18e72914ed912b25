"""One thing done with many conversations at once, and taken back."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from csplatform.common import clock
from csplatform.common.errors import InvalidInput, NotAllowed
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Status, Tag
from csplatform.conversations.selectors import visible_conversations
from csplatform.conversations.services import lock, record, tell_former
from csplatform.flows.merged import refuse_merged
from csplatform.people.models import Team, User
from csplatform.sla import services as sla
from csplatform.sla.models import Change as Because

# As many as a list shows at most.
MOST = 200
# What is restored together: where it stands, and whose it is.
_STANDING = ("status", "resolved_at", "snoozed_until", "waiting_since")
_OWNING = ("assignee_id", "owner_kind", "team_id")
_KEPT = (*_STANDING, *_OWNING, "priority")
_MOMENTS = frozenset({"resolved_at", "snoozed_until", "waiting_since"})
_VERBS = {
    Status.OPEN: EventVerb.REOPENED,
    Status.PENDING: EventVerb.PENDING,
    Status.SNOOZED: EventVerb.SNOOZED,
    Status.RESOLVED: EventVerb.RESOLVED,
    Status.SPAM: EventVerb.SPAM,
}


@dataclass(frozen=True, slots=True)
class Change:
    """What differs in one conversation: the former and the new value of each field, as JSON has them.

    `tags` holds the numbers of its tags, in order.
    """

    conversation_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What was changed, and why the others were left out, each reason with how many it kept out."""

    changes: tuple[Change, ...]
    refused: Mapping[str, int]


@transaction.atomic
def for_all(ids: Collection[int], act: Callable[[int], object], *, by: User) -> Done:
    """Do `act` with each conversation of `ids` that `by` may see, all or, where something unexpected fails, none.

    What is expected to fail in one (InvalidInput, NotAllowed) leaves that one as it was.
    """
    seen = visible_conversations(by).filter(pk__in=ids, merged_into=None).order_by("pk")
    numbers = list(seen.select_for_update().values_list("pk", flat=True)[:MOST])
    before = _standing(numbers)
    refused: dict[str, int] = {}
    for pk in numbers:
        try:
            act(pk)
        except (InvalidInput, NotAllowed) as error:
            refused[str(error)] = refused.get(str(error), 0) + 1
    after = _standing(numbers)
    changes = (_difference(pk, before[pk], after[pk]) for pk in numbers)
    return Done(tuple(change for change in changes if change.after), refused)


@transaction.atomic
def take_back(changes: Iterable[Change], *, by: User) -> int:
    """Give conversations their former values. Returns how many.

    One that was changed again since is left alone, and so is one that `by` would not see afterwards.
    """
    restored = 0
    for change in sorted(changes, key=lambda change: change.conversation_id):
        try:
            with transaction.atomic():
                restored += _restore(change, by)
        except (InvalidInput, NotAllowed):
            continue  # left alone, and not counted
    return restored


def _standing(ids: Collection[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for values in Conversation.objects.filter(pk__in=ids).order_by().values("pk", *_KEPT):
        found[values.pop("pk")] = {name: _plain(value) for name, value in values.items()} | {"tags": []}
    filed = Conversation.tags.through._default_manager.filter(conversation__in=ids).order_by("tag_id")
    for conversation_id, tag_id in filed.values_list("conversation_id", "tag_id"):
        found[conversation_id]["tags"].append(tag_id)
    return found


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _difference(pk: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    names = [name for name in before if before[name] != after[name]]
    return Change(pk, {name: before[name] for name in names}, {name: after[name] for name in names})


def _restore(change: Change, by: User) -> bool:
    conversation = lock(change.conversation_id)
    standing = _standing([conversation.pk])[conversation.pk]
    if any(standing[name] != value for name, value in change.after.items()):
        return False
    refuse_merged(conversation)
    former = change.before
    if former.keys() & set(_OWNING):
        _restore_owner(conversation, former, by)
    if former.keys() & set(_STANDING):
        _restore_status(conversation, former, by)
    if "priority" in former:
        _restore_priority(conversation, former["priority"], by)
    if "tags" in former:
        _restore_tags(conversation, set(former["tags"]), set(standing["tags"]), by)
    if not visible_conversations(by).filter(pk=conversation.pk).exists():
        raise NotAllowed("it would be none of theirs")
    return True


def _restore_owner(conversation: Conversation, former: Mapping[str, Any], by: User) -> None:
    tell_former(conversation)
    at, actor = clock.now(), Actor.agent(by)
    for name in _OWNING:
        if name in former:
            setattr(conversation, name, former[name])
    if "team_id" in former:
        team = Team.objects.filter(pk=former["team_id"]).first() if former["team_id"] else None
        record(
            conversation, EventVerb.HANDED_OVER, actor, to=team.name if team else "", to_id=team.pk if team else None
        )
        sla.retarget(conversation, at, Because.TEAM)
    if "assignee_id" in former or "team_id" not in former:
        person = conversation.assignee
        to = {"to": person.name, "to_id": person.pk} if person else {"to": "", "to_id": None}
        record(conversation, EventVerb.ASSIGNED, actor, **to)
    sla.owner_changed(conversation, at)


def _restore_status(conversation: Conversation, former: Mapping[str, Any], by: User) -> None:
    old = conversation.status
    for name in _STANDING:
        if name in former:
            value = former[name]
            setattr(conversation, name, datetime.fromisoformat(value) if value and name in _MOMENTS else value)
    until = conversation.snoozed_until
    facts = {"until": until.isoformat()} if until else {}
    record(conversation, _VERBS[Status(conversation.status)], Actor.agent(by), **facts)
    if old != conversation.status:
        sla.status_changed(conversation, old, clock.now())


def _restore_priority(conversation: Conversation, former: int, by: User) -> None:
    old, conversation.priority = conversation.priority, former
    record(conversation, EventVerb.PRIORITY, Actor.agent(by), old=old, new=former)
    sla.retarget(conversation, clock.now(), Because.PRIORITY)


def _restore_tags(conversation: Conversation, former: set[int], present: set[int], by: User) -> None:
    for tag in Tag.objects.filter(pk__in=former ^ present):
        if tag.pk in former:
            conversation.tags.add(tag)
        else:
            conversation.tags.remove(tag)
        verb = EventVerb.TAGGED if tag.pk in former else EventVerb.UNTAGGED
        record(conversation, verb, Actor.agent(by), tag=tag.name)
    sla.retarget(conversation, clock.now(), Because.TAG)
