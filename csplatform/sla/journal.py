"""The clocks of conversations that change together: read at once, reckoned in memory, and written at once."""

from collections.abc import Iterable
from datetime import datetime

from csplatform.conversations.models import Conversation
from csplatform.sla import course
from csplatform.sla.ledger import Ledger, active_clocks, save_clocks, save_history
from csplatform.sla.models import Change, Clock
from csplatform.sla.policies import Policies


class Journal:
    """What `services` says for one conversation, for many: the same rules, and a fixed number of statements.

    `locked` are conversations that are there already; new ones, not saved yet, need no mention. Between `reckon` and
    `save` the conversations themselves are to be saved.
    """

    def __init__(self, locked: Iterable[Conversation] = ()) -> None:
        self._locked = {conversation.pk for conversation in locked}
        self._active: dict[int, list[Clock]] | None = None
        self._ledgers: dict[int, Ledger] = {}
        self._policies = Policies(self._locked)

    def opened(self, conversation: Conversation, at: datetime) -> None:
        """See `services.conversation_opened`."""
        course.opened(self._ledger(conversation, at))

    def customer_wrote(self, conversation: Conversation, at: datetime) -> None:
        """See `services.customer_wrote`."""
        course.customer_wrote(self._ledger(conversation, at))

    def status_changed(self, conversation: Conversation, old: str, at: datetime) -> None:
        """See `services.status_changed`."""
        course.status_changed(self._ledger(conversation, at), old)

    def retarget(self, conversation: Conversation, at: datetime, because: Change) -> None:
        """See `services.retarget`."""
        course.retarget(self._ledger(conversation, at), because)

    def reckon(self) -> None:
        """Set the conversations' next deadlines, for whoever saves them."""
        for ledger in self._ledgers.values():
            ledger.conversation.next_deadline_at = ledger.next_deadline()

    def save(self) -> None:
        """Write the clocks of conversations that have been saved, and the lines of history that belong to them."""
        ledgers = list(self._ledgers.values())
        save_clocks(ledgers)
        save_history(ledgers)
        self._ledgers.clear()
        self._active = None

    def _ledger(self, conversation: Conversation, at: datetime) -> Ledger:
        """One ledger for each conversation, whatever happens to it in the meantime."""
        ledger = self._ledgers.get(id(conversation))
        if ledger is None:
            active = self._active_of(conversation.pk) if conversation.pk else ()
            ledger = Ledger(conversation, at, active, self._policies.terms_for)
            self._ledgers[id(conversation)] = ledger
        ledger.at = at
        return ledger

    def _active_of(self, conversation_id: int) -> list[Clock]:
        if self._active is None or conversation_id not in self._active:
            self._locked.add(conversation_id)
            self._active = {pk: [] for pk in self._locked}
            for clock in active_clocks(self._locked):
                self._active[clock.conversation_id].append(clock)
        return self._active[conversation_id]
