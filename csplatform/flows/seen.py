"""How far each agent has read: for the line between old and new, and the dots in the list."""

from django.db import connection
from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from csplatform.conversations.models import Conversation, Seen
from csplatform.people.models import User

_TABLE = Seen._meta.db_table
_UPSERT = f"""
    INSERT INTO {_TABLE} (user_id, conversation_id, seq) VALUES (%s, %s, %s)
    ON CONFLICT (user_id, conversation_id) DO UPDATE SET seq = greatest({_TABLE}.seq, excluded.seq)
"""  # noqa: S608


def saw(user: User, conversation: Conversation, seq: int) -> None:
    """Write down that `user` has read up to message number `seq`; never back again. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [user.pk, conversation.pk, min(seq, conversation.last_seq)])


def seen_up_to(user: User, conversation: Conversation) -> int | None:
    """Return the number of the last message that `user` read; None where they never looked."""
    return Seen.objects.filter(user=user, conversation=conversation).values_list("seq", flat=True).first()


def with_unread(rows: QuerySet[Conversation], user: User) -> QuerySet[Conversation]:
    """Annotate `unread`: whether the customer wrote what `user` has not read. Costs one look-up in an index a row."""
    mark = Seen.objects.filter(user=user, conversation=OuterRef("pk")).values("seq")[:1]
    read = Coalesce(Subquery(mark), 0)
    is_unread = Case(When(last_customer_seq__gt=read, then=Value(True)), default=Value(False))
    return rows.annotate(unread=is_unread)
