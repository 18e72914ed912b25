"""What a conversation's course means for its clocks, as rules on its ledger. Nothing is written here."""

from datetime import datetime

from django.db.models import Max, Q

from csplatform.conversations.models import OwnerKind, Status
from csplatform.people.models import User
from csplatform.sla.ledger import Ledger
from csplatform.sla.models import AUTOMATIC, ELSEWHERE, Change, Clock, ClockKind, ClockState

_RESPONSES = (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE)
_CLOSED = frozenset({Status.RESOLVED.value, Status.SPAM.value})


def opened(ledger: Ledger) -> None:
    """See `services.conversation_opened`."""
    if not ledger.conversation.is_closed:
        _begin_cycle(ledger, 1, ClockKind.FIRST_RESPONSE)


def customer_wrote(ledger: Ledger) -> None:
    """See `services.customer_wrote`."""
    if ledger.conversation.is_closed or ledger.of(*_RESPONSES):
        return
    if ledger.active:
        ledger.start(ClockKind.NEXT_RESPONSE, ledger.active[0].cycle, ledger.present_terms())
    else:
        _begin_next_cycle(ledger)


def agent_replied(ledger: Ledger, by: User | None) -> None:
    """See `services.agent_replied`."""
    for clock in ledger.of(*_RESPONSES):
        ledger.meet(clock, by, "" if by else ELSEWHERE)
    owner_changed(ledger)  # whoever answers what nobody owns becomes its owner


def answered_automatically(ledger: Ledger) -> None:
    """See `services.answered_automatically`."""
    for clock in ledger.of(*_RESPONSES):
        if clock.terms and clock.terms.promise().automatic_counts:
            ledger.meet(clock, reason=AUTOMATIC)


def owner_changed(ledger: Ledger) -> None:
    """See `services.owner_changed`."""
    conversation, waiting = ledger.conversation, ledger.of(ClockKind.QUEUE)
    if conversation.owner_kind == OwnerKind.QUEUE:
        owed = ledger.of(*ClockKind)
        if owed and not waiting:
            ledger.start(ClockKind.QUEUE, owed[0].cycle, ledger.present_terms())
        return
    for clock in waiting:
        if conversation.assignee:
            ledger.meet(clock, conversation.assignee)
        else:
            ledger.cancel(clock, "bot")


def nobody_waits(ledger: Ledger) -> None:
    """See `services.nobody_waits`."""
    for clock in ledger.of(*_RESPONSES):
        ledger.cancel(clock, "moved")


def merged_away(ledger: Ledger) -> None:
    """See `services.merged_away`."""
    for clock in ledger.of(*ClockKind):
        ledger.cancel(clock, "merged")


def cancel_later(ledger: Ledger, since: datetime) -> list[Clock]:
    """Cancel the responses that are owed from later than `since`, and return them."""
    later = [clock for clock in ledger.of(*_RESPONSES) if clock.started_at > since]
    for clock in later:
        ledger.cancel(clock, "merged")
    return later


def status_changed(ledger: Ledger, old: str) -> None:
    """See `services.status_changed`."""
    status = ledger.conversation.status
    if status == Status.RESOLVED:
        for clock in ledger.of(ClockKind.RESOLUTION):
            ledger.meet(clock)
    if ledger.conversation.is_closed:
        for clock in ledger.of(*ClockKind):
            ledger.cancel(clock, str(status))
    elif old in _CLOSED:
        _begin_next_cycle(ledger)
    else:
        for clock in ledger.active:
            ledger.follow_status(clock)


def retarget(ledger: Ledger, because: Change) -> None:
    """See `services.retarget`."""
    ledger.retarget(because)


def _begin_cycle(ledger: Ledger, cycle: int, response: ClockKind | None) -> None:
    terms = ledger.present_terms()
    if response:
        ledger.start(response, cycle, terms)
    ledger.start(ClockKind.RESOLUTION, cycle, terms)
    if ledger.conversation.owner_kind == OwnerKind.QUEUE:
        ledger.start(ClockKind.QUEUE, cycle, terms)


def _begin_next_cycle(ledger: Ledger) -> None:
    """Owe a resolution again; and the first response if it was never given, else the next if somebody waits."""
    conversation = ledger.conversation
    if conversation.pk is None:  # not saved yet: it has no past
        _begin_cycle(ledger, 1, ClockKind.FIRST_RESPONSE)
        return
    past = Clock.objects.filter(conversation=conversation).aggregate(
        cycle=Max("cycle", default=0),
        answered=Max("id", filter=Q(kind=ClockKind.FIRST_RESPONSE, state=ClockState.MET)),
    )
    response: ClockKind | None = ClockKind.FIRST_RESPONSE
    if past["answered"]:
        response = ClockKind.NEXT_RESPONSE if conversation.waiting_since else None
    _begin_cycle(ledger, past["cycle"] + 1, response)
