"""Who is told of what. The flows call this inside the transaction in which it happens; nobody is told of their own act.

What a person may not see is never shown to them: `selectors` ask `visible_conversations` each time, so what is
written down here for somebody who loses access in the meantime is neither listed nor counted.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.chronicle import Recorded
from csplatform.conversations.models import Conversation, EventVerb, Message
from csplatform.conversations.selectors import people_who_see
from csplatform.live.announce import Notified, announce, person_group
from csplatform.notifications.models import Follow, Kind, Mention, Notification, Preference, Way
from csplatform.notifications.telling import Telling, tell
from csplatform.people.models import User

KEPT_FOR = timedelta(days=90)
_MOST_SWEPT = 10_000
_ALARMS = {EventVerb.SLA_WARNED: Kind.SLA_WARNED, EventVerb.SLA_BREACHED: Kind.SLA_BREACHED}


@transaction.atomic
def mentioned(message: Message, user_ids: Collection[int]) -> list[User]:
    """A note names colleagues: those who may see its conversation are told, and follow it from now on.

    Returns them; the others of `user_ids`, and the note's author, are left out. Doing it again tells nobody twice.
    """
    conversation = message.conversation
    named = list(people_who_see(conversation).filter(pk__in=user_ids).exclude(pk=message.author_id or 0).order_by("pk"))
    known = set(message.mentions.values_list("user_id", flat=True))
    new = [person for person in named if person.pk not in known]
    mentions = [Mention(user=person, conversation=conversation, message=message) for person in new]
    Mention.objects.bulk_create(mentions, ignore_conflicts=True)
    follows = [Follow(user=person, conversation=conversation) for person in new]
    Follow.objects.bulk_create(follows, ignore_conflicts=True)
    _forget_note(message, new)
    tell((_of(person.pk, Kind.MENTIONED, message) for person in new), clock.now())
    return named


def _forget_note(message: Message, people: Iterable[User]) -> None:
    """Whoever is named in a note need not hear besides that there is one."""
    notes = Notification.objects.filter(kind=Kind.NOTE, message=message, user__in=list(people), seen_at=None)
    notes.filter(count=1).delete()


def follow(conversation: Conversation, user: User) -> None:
    """Let `user`, who may see it, hear what happens in a conversation; once is enough."""
    Follow.objects.get_or_create(user=user, conversation=conversation)


def unfollow(conversation: Conversation, user: User) -> None:
    """Let `user` hear no more of a conversation, unless it is theirs or somebody mentions them."""
    Follow.objects.filter(user=user, conversation=conversation).delete()


def assigned(line: Message) -> None:
    """The line of history `line` says that its conversation was given to its present assignee."""
    assignee = line.conversation.assignee_id
    if assignee and assignee != line.author_id:
        tell([_of(assignee, Kind.ASSIGNED, line)], clock.now())


def customer_wrote(messages: Sequence[Message], at: datetime) -> None:
    """Messages of customers came in at `at`, to their conversations' assignees and followers; two queries at most."""
    _tell_concerned(Kind.MESSAGE, messages, at)


def noted(note: Message) -> None:
    """A colleague left a note."""
    _tell_concerned(Kind.NOTE, [note], clock.now())


def woken(line: Message) -> None:
    """The line of history `line` says that its conversation woke up."""
    _tell_concerned(Kind.WOKEN, [line], clock.now())


def alarmed(lines: Iterable[Recorded], at: datetime) -> None:
    """Assignees are told of those of `lines` of history that say a deadline is near or was missed, in one statement."""
    tell(
        (
            Telling(line.assignee_id, _ALARMS[line.verb], line.conversation_id, line.message_id)
            for line in lines
            if line.verb in _ALARMS and line.assignee_id
        ),
        at,
    )


def escalated(line: Message, people: Collection[int]) -> None:
    """The line of history `line` says that people are to look at what is late; those who may see it are told."""
    seeing = people_who_see(line.conversation).filter(pk__in=people).values_list("pk", flat=True)
    tell((_of(user_id, Kind.ESCALATED, line) for user_id in seeing), clock.now())


def _tell_concerned(kind: Kind, messages: Sequence[Message], at: datetime) -> None:
    """Tell assignees and followers, but nobody of what they did themselves."""
    if not messages:
        return
    concerned: dict[int, set[int]] = {}
    for message in messages:
        assignee = message.conversation.assignee_id
        concerned[message.conversation_id] = {assignee} if assignee else set()
    follows = Follow.objects.filter(conversation__in=list(concerned))
    for conversation_id, user_id in follows.values_list("conversation_id", "user_id"):
        concerned[conversation_id].add(user_id)
    tell(
        (
            _of(user_id, kind, message)
            for message in messages
            for user_id in concerned[message.conversation_id] - {message.author_id}
        ),
        at,
    )


def _of(user_id: int, kind: Kind, message: Message) -> Telling:
    return Telling(user_id, kind, message.conversation_id, message.pk)


def seen(user: User, **which: object) -> int:
    """Note that `user` has seen those of their notifications that `which` (fields of them) selects; return how many.

    What is just being added to is left out: it is news.
    """
    with transaction.atomic():
        unseen = Notification.objects.filter(user=user, seen_at=None, **which).select_for_update(skip_locked=True)
        number = Notification.objects.filter(pk__in=[row.pk for row in unseen]).update(seen_at=clock.now())
        if number:
            announce([person_group(user.pk)], Notified())
    return number


def prefer(user: User, ways: dict[Kind, Way]) -> None:
    """Let `user` hear of kinds as `ways` says from now on. Raises InvalidInput for a way that there is not."""
    if not set(ways.values()) <= set(Way):
        raise InvalidInput("there is no such way", field="way")
    rows = [Preference(user=user, kind=kind, way=way) for kind, way in ways.items()]
    Preference.objects.bulk_create(rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["way"])


def moved(old: int, new: Message) -> None:
    """The message that was `old` is now `new`, in another conversation: what was said of it goes there too."""
    Notification.objects.filter(message=old).update(message=new)
    Mention.objects.filter(message=old).update(message=new)
    go_along([new.pk])


def go_along(message_ids: Sequence[int]) -> None:
    """These messages are in other conversations now: what was said of them goes there too, in four statements."""
    home = {"conversation": OuterRef("message__conversation")}
    there = Notification.objects.filter(**home, user=OuterRef("user"), kind=OuterRef("kind"), seen_at=None)
    strays = Notification.objects.filter(message__in=message_ids).exclude(conversation=F("message__conversation"))
    known = strays.filter(Exists(there), seen_at=None)
    Notification.objects.filter(pk__in=list(known.values_list("pk", flat=True))).delete()
    homes = Message.objects.filter(pk=OuterRef("message")).values("conversation")
    Notification.objects.filter(message__in=message_ids).update(conversation=Subquery(homes))
    Mention.objects.filter(message__in=message_ids).update(conversation=Subquery(homes))


def follow_along(source: Conversation, target: Conversation) -> None:
    """Whoever follows `source` follows `target` too: messages have moved there."""
    followers = Follow.objects.filter(conversation=source).values_list("user_id", flat=True)
    follows = [Follow(user_id=user_id, conversation=target) for user_id in followers]
    Follow.objects.bulk_create(follows, ignore_conflicts=True)


def sweep() -> int:
    """Delete notifications older than KEPT_FOR; return how many."""
    with transaction.atomic():
        old = _oldest(Notification.objects.filter(created_at__lt=clock.now() - KEPT_FOR))
        return Notification.objects.filter(pk__in=old).delete()[0]


def _oldest(rows: QuerySet[Notification]) -> list[int]:
    some = rows.select_for_update(skip_locked=True).order_by("created_at")[:_MOST_SWEPT]
    return [row.pk for row in some]
