"""What can be found, and what has still to be read for it."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from csplatform.conversations.models import Conversation


class Document(models.Model):
    """Everything by which a conversation is found: contact, subject, what was said, names of files.

    A long conversation has several parts, each with the whole of what is true of the conversation and some of its
    messages (`first_seq` to `last_seq`). `moment` orders what is found: the conversation's last message, and for a
    part that is full the last one in it. Which day that was also stands among `words` (see `windows`).

    No foreign key in the database: to check it, an indexer would wait for whoever holds the conversation, and an
    erasure that holds it waits for the indexer.
    """

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="documents", db_constraint=False, db_index=False
    )
    part = models.PositiveSmallIntegerField()
    first_seq = models.PositiveIntegerField()
    last_seq = models.PositiveIntegerField()
    moment = models.DateTimeField()
    words = SearchVectorField()

    class Meta:
        verbose_name = _("search document")
        verbose_name_plural = _("search documents")
        constraints = [models.UniqueConstraint(fields=["conversation", "part"], name="search_parts_are_unique")]
        indexes = [GinIndex(fields=["words"], name="search_words", fastupdate=True, gin_pending_list_limit=1024)]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.part}"


class Stale(models.Model):
    """A conversation whose documents have to be made anew, from the message `from_seq` on; 0: all of it.

    Rows are written by triggers, in the transaction of whatever was changed, and taken away with the making.
    `later` are those of a rebuild: what was just said comes before them.
    """

    conversation_id = models.BigIntegerField()
    from_seq = models.PositiveIntegerField(db_default=0)
    later = models.BooleanField(db_default=False)

    class Meta:
        verbose_name = _("stale search document")
        verbose_name_plural = _("stale search documents")
        indexes = [models.Index(fields=["later", "id"], name="search_stale_in_order")]

    def __str__(self) -> str:
        return f"{self.conversation_id} from {self.from_seq}"
