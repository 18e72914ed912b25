"""What a conversation's course means for its clocks.

Everything here is called inside a transaction by whoever holds the conversation's lock. `at` is when it happened
(timezone-aware), which may be a while ago where work was late. Each call leaves
`conversation.next_deadline_at` right, on the instance and in the database, and may add a line of history for a
deadline that had passed unnoticed.
"""

from datetime import datetime

from csplatform.conversations.models import Conversation
from csplatform.people.models import User
from csplatform.sla import course
from csplatform.sla.ledger import Ledger
from csplatform.sla.models import Change, ClockKind


def conversation_opened(conversation: Conversation, at: datetime) -> None:
    """A first response and a resolution are owed from now on, under the policy that matches; in spam, nothing."""
    ledger = Ledger(conversation, at, active=())
    course.opened(ledger)
    ledger.save()


def customer_wrote(conversation: Conversation, at: datetime) -> None:
    """A response is owed, unless one is already: the customer's oldest unanswered message counts.

    Nothing is owed in a closed conversation.
    """
    ledger = Ledger(conversation, at)
    course.customer_wrote(ledger)
    ledger.save()


def agent_replied(conversation: Conversation, by: User | None, at: datetime) -> None:
    """The response that was owed was given, by its author, whoever the conversation is assigned to.

    `by` is None where a person answered who is unknown here, as in a platform's own inbox: nobody is credited then.
    Where the answer made its author the owner, the time in the queue ends with it.
    """
    ledger = Ledger(conversation, at)
    course.agent_replied(ledger, by)
    ledger.save()


def answered_automatically(conversation: Conversation, at: datetime) -> None:
    """The bot or an automatic message answered: what was owed as a response was given where the policy lets that count.

    Nobody is credited. Under any other policy nothing changes.
    """
    ledger = Ledger(conversation, at)
    course.answered_automatically(ledger)
    ledger.save()


def nobody_waits(conversation: Conversation, at: datetime) -> None:
    """What waited for a response has gone elsewhere: none is owed here."""
    ledger = Ledger(conversation, at)
    course.nobody_waits(ledger)
    ledger.save()


def merged_away(conversation: Conversation, at: datetime) -> None:
    """The conversation was put into another: nothing is owed here any more, and nothing counts as done."""
    ledger = Ledger(conversation, at)
    course.merged_away(ledger)
    ledger.save()


def merged_in(conversation: Conversation, at: datetime) -> None:
    """Messages of another conversation came in: the customer waits since `waiting_since`, whatever ran before."""
    since = conversation.waiting_since
    ledger = Ledger(conversation, at)
    if since is None:
        course.nobody_waits(ledger)
        ledger.save()
        return
    later = course.cancel_later(ledger, since)
    ledger.save()
    ledger = Ledger(conversation, since)
    for clock in later:
        ledger.start(ClockKind(clock.kind), clock.cycle, clock.terms)
    course.customer_wrote(ledger)
    ledger.save()


def status_changed(conversation: Conversation, old: str, at: datetime) -> None:
    """The conversation went from the status `old` to the one it has.

    Resolved meets the resolution and cancels what else is owed, spam cancels everything; leaving either begins
    a new cycle, under the policy that matches then. Otherwise clocks pause and resume as their terms say.
    """
    ledger = Ledger(conversation, at)
    course.status_changed(ledger, old)
    ledger.save()


def owner_changed(conversation: Conversation, at: datetime) -> None:
    """The conversation has another owner.

    Its time in the queue begins where it has none, ends well where an agent got it, who is credited, and is counted no
    more where the bot did. One that goes from queue to queue has waited all the time.
    """
    ledger = Ledger(conversation, at)
    course.owner_changed(ledger)
    ledger.save()


def retarget(conversation: Conversation, at: datetime, because: Change) -> None:
    """Something changed that policies ask about: what is owed is reckoned under the policy that matches now.

    Only where the policy under which it was owed lets such a change move targets.
    """
    ledger = Ledger(conversation, at)
    course.retarget(ledger, because)
    ledger.save()
