"""What a conversation's course means for its clocks.

Everything here is called inside a transaction by whoever holds the conversation's lock. `at` is when it happened
(timezone-aware), which may be a while ago where work was late. Each call leaves
`conversation.next_deadline_at` right, on the instance and in the database, and may add a line of history for a
deadline that had passed unnoticed.

Automatic messages are no responses: nobody calls `agent_replied` for them.
"""

from datetime import datetime

from django.db.models import Max, Q

from csplatform.conversations.models import Conversation, Status
from csplatform.people.models import User
from csplatform.sla.ledger import Ledger
from csplatform.sla.models import Clock, ClockKind, ClockState
from csplatform.sla.policies import terms_for

_RESPONSES = (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE)
_CLOSED = frozenset({Status.RESOLVED.value, Status.SPAM.value})


def conversation_opened(conversation: Conversation, at: datetime) -> None:
    """A first response and a resolution are owed from now on, under the policy that matches; in spam, nothing."""
    ledger = Ledger(conversation, at, active=())
    if not conversation.is_closed:
        _begin_cycle(ledger, 1, ClockKind.FIRST_RESPONSE)
    ledger.save()


def customer_wrote(conversation: Conversation, at: datetime) -> None:
    """A response is owed, unless one is already: the customer's oldest unanswered message counts.

    Nothing is owed in a closed conversation.
    """
    ledger = Ledger(conversation, at)
    if not conversation.is_closed and not ledger.of(*_RESPONSES):
        if ledger.active:
            ledger.start(ClockKind.NEXT_RESPONSE, ledger.active[0].cycle, terms_for(conversation))
        else:
            _begin_next_cycle(ledger)
    ledger.save()


def agent_replied(conversation: Conversation, by: User, at: datetime) -> None:
    """The response that was owed was given, by its author, whoever the conversation is assigned to."""
    ledger = Ledger(conversation, at)
    for clock in ledger.of(*_RESPONSES):
        ledger.meet(clock, by)
    ledger.save()


def nobody_waits(conversation: Conversation, at: datetime) -> None:
    """What waited for a response has gone elsewhere: none is owed here."""
    ledger = Ledger(conversation, at)
    for clock in ledger.of(*_RESPONSES):
        ledger.cancel(clock, "moved")
    ledger.save()


def status_changed(conversation: Conversation, old: str, at: datetime) -> None:
    """The conversation went from the status `old` to the one it has.

    Resolved meets the resolution and cancels what else is owed, spam cancels everything; leaving either begins
    a new cycle, under the policy that matches then. Otherwise clocks pause and resume as their terms say.
    """
    ledger = Ledger(conversation, at)
    if conversation.status == Status.RESOLVED:
        for clock in ledger.of(ClockKind.RESOLUTION):
            ledger.meet(clock)
    if conversation.is_closed:
        for clock in ledger.of(*ClockKind):
            ledger.cancel(clock, str(conversation.status))
    elif old in _CLOSED:
        _begin_next_cycle(ledger)
    else:
        for clock in ledger.active:
            ledger.follow_status(clock)
    ledger.save()


def retarget(conversation: Conversation, at: datetime) -> None:
    """Team or priority changed: the policy is matched anew, and what is owed is reckoned under its terms."""
    ledger = Ledger(conversation, at)
    if ledger.active:
        terms = terms_for(conversation)
        for clock in ledger.active:
            ledger.retarget(clock, terms)
    ledger.save()


def _begin_cycle(ledger: Ledger, cycle: int, response: ClockKind | None) -> None:
    terms = terms_for(ledger.conversation)
    if response:
        ledger.start(response, cycle, terms)
    ledger.start(ClockKind.RESOLUTION, cycle, terms)


def _begin_next_cycle(ledger: Ledger) -> None:
    """Owe a resolution again; and the first response if it was never given, else the next if somebody waits."""
    past = Clock.objects.filter(conversation=ledger.conversation).aggregate(
        cycle=Max("cycle", default=0),
        answered=Max("id", filter=Q(kind=ClockKind.FIRST_RESPONSE, state=ClockState.MET)),
    )
    response: ClockKind | None = ClockKind.FIRST_RESPONSE
    if past["answered"]:
        response = ClockKind.NEXT_RESPONSE if ledger.conversation.waiting_since else None
    _begin_cycle(ledger, past["cycle"] + 1, response)
