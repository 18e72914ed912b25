"""Reading notifications: only of conversations that the person may see at this moment."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from csplatform.conversations.models import Conversation
from csplatform.conversations.selectors import visible_conversations
from csplatform.notifications.models import DEFAULT_WAYS, Follow, Kind, Mention, Notification, Preference, Way
from csplatform.people.models import User


@dataclass(frozen=True, slots=True)
class Interest:
    """How a person stands to a conversation: whether they follow it, and whether there is news of it for them."""

    follows: bool
    has_news: bool


def notifications_of(user: User) -> QuerySet[Notification]:
    """Return what `user` was told of, newest first."""
    return Notification.objects.filter(user=user, conversation__in=visible_conversations(user).order_by())


def unseen(user: User) -> QuerySet[Notification]:
    """Return what `user` has not seen yet."""
    return notifications_of(user).filter(seen_at=None)


def is_followed(user: User) -> Q:
    """Return which conversations `user` follows."""
    return Q(pk__in=Follow.objects.filter(user=user).values("conversation_id"))


def is_mentioned(user: User) -> Q:
    """Return in which conversations `user` is mentioned."""
    return Q(pk__in=Mention.objects.filter(user=user).values("conversation_id"))


def interest_of(user: User, conversation: Conversation) -> Interest:
    """Return how `user` stands to a conversation, in one query."""
    here = {"user": user, "conversation": OuterRef("pk")}
    follows, news = Follow.objects.filter(**here), Notification.objects.filter(**here, seen_at=None)
    rows = Conversation.objects.filter(pk=conversation.pk).order_by()
    return Interest(*rows.values_list(Exists(follows), Exists(news)).get())


def ways_of(user: User) -> dict[Kind, Way]:
    """Return how `user` hears of each kind."""
    own = Preference.objects.filter(user=user).values_list("kind", "way")
    return DEFAULT_WAYS | {Kind(kind): Way(way) for kind, way in own}
