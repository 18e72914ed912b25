"""Who has the same conversation before them, and who is writing in it. Nothing of it is stored.

A page says every few seconds what it shows, as long as it is looked at; the others take away whom they have not heard
of for LOST_AFTER seconds. So nobody is left standing there by a line that broke or a process that was killed.
"""

import time
from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async

from csplatform.conversations.models import Conversation
from csplatform.conversations.selectors import visible_conversations
from csplatform.desk.templatetags.desk import hue, initials
from csplatform.flows import signals
from csplatform.live.announce import Looking, lookers_group
from csplatform.people.models import User

LOST_AFTER = 9  # seconds; live.js says so every 4
_TYPING_EVERY = 3  # seconds between two signs to the customer
_WRITING = frozenset({"", "reply", "note"})


class Look:
    """What one page shows of one conversation."""

    def __init__(self, user: User, conversation: Conversation) -> None:
        self.conversation = conversation
        self.group = lookers_group(conversation.pk)
        self.writing = ""
        self._user = user
        self._heard_at = time.monotonic()
        self._typed_at = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether the page has said lately that it is there."""
        return time.monotonic() - self._heard_at < LOST_AFTER

    def heard(self, writing: object) -> None:
        """The page says that it is there, and what is being written."""
        self._heard_at = time.monotonic()
        self.writing = str(writing) if writing in _WRITING else ""

    def news(self, *, arrived: bool = False, left: bool = False) -> Looking:
        """Return what the others hear."""
        name = self._user.name
        return Looking(
            conversation=self.conversation.pk,
            user=self._user.pk,
            name=name,
            initials=initials(name),
            hue=hue(name),
            writing=self.writing,
            arrived=arrived,
            left=left,
        )

    def is_typing_due(self) -> bool:
        """Whether the customer is to be shown (again) that an answer is being written; a note is none of theirs."""
        now = time.monotonic()
        if self.writing != "reply" or now - self._typed_at < _TYPING_EVERY:
            return False
        self._typed_at = now
        return True


def number_in(frame: Mapping[str, Any]) -> int | None:
    """Return the conversation that a page says it shows."""
    number = frame.get("conversation")
    return number if isinstance(number, int) and 0 < number < 1 << 62 else None


@database_sync_to_async
def look_at(user: User, number: int) -> Look | None:
    """Return a look at a conversation; None where it is not for `user`."""
    rows = visible_conversations(user).select_related("account").defer("account__credentials")
    found = rows.filter(pk=number).first()
    return Look(user, found) if found else None


@database_sync_to_async
def may_still_see(user: User, number: int) -> bool:
    """Whether a conversation is still for `user`."""
    return visible_conversations(user).filter(pk=number).exists()


@database_sync_to_async
def show_typing(look: Look, user: User) -> None:
    """Show the customer that an answer is being written."""
    signals.typing(look.conversation, by=user)
