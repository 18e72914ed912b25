"""Lines of history in the reader's language: who did what."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_timedelta
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from csplatform.conversations.actors import ActorKind
from csplatform.conversations.models import Conversation, EventVerb, Message, MessageKind, Priority
from csplatform.flows.echo import ELSEWHERE
from csplatform.sla.models import Change, ClockKind, StepAction

Facts = dict[str, Any]


def sentence(message: Message, conversation: Conversation) -> str:
    """Return what an event's line says. `message.author` should be loaded."""
    tell = _SENTENCES.get(EventVerb(message.verb), _told_by_verb)
    return tell(message, author_of(message, conversation), message.data)


def author_of(message: Message, conversation: Conversation) -> str:
    """Return the name of whoever wrote `message` or did what it tells. `message.handle` should be loaded.

    In a thread others write too than the conversation's contact: nobody's words are put into another's mouth.
    """
    if message.author:
        return message.author.name or message.author.email
    if is_by_another(message, conversation) and message.handle:
        return message.handle.name or message.handle.external_id
    if message.metadata.get(ELSEWHERE):
        return _("Answered elsewhere")
    kind = message.data.get("actor")
    if kind == ActorKind.CUSTOMER or (not kind and message.kind == "customer"):
        return contact_name(conversation)
    return _("The bot") if kind == ActorKind.BOT else _("The system")


def is_by_another(message: Message, conversation: Conversation) -> bool:
    """Return whether a received message was written by somebody else than the conversation's contact."""
    handle = message.handle
    return message.kind == MessageKind.CUSTOMER and handle is not None and handle.contact_id != conversation.contact_id


def contact_name(conversation: Conversation) -> str:
    """Return what to call the conversation's customer: a name, or the address they wrote from."""
    handle = conversation.handle
    return conversation.contact.name or handle.name or handle.external_id


def language_name(tag: str) -> str:
    """Return a language's name (BCP 47) in the reader's language; the tag itself where it is unknown."""
    ours = dict(settings.LANGUAGES).get(tag.lower())
    if ours:
        return str(ours)
    try:
        name = Locale.parse(tag, sep="-").get_display_name(reader_locale())
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag


def reader_locale() -> Locale:
    """Return Babel's locale for the reader's language."""
    return Locale.parse(to_locale(get_language() or settings.LANGUAGE_CODE))


def in_our_words(text: str) -> str:
    """Return a reason that was written down, in the reader's language where it is one of ours.

    A platform's own words may follow ours in brackets; those stay as they are.
    """
    ours, bracket, theirs = text.partition(" (")
    return f"{_(ours)}{bracket}{theirs}" if ours and bracket else _(text) if text else ""


def other_conversation(message: Message) -> int | None:
    """Return the other conversation that an event's line speaks of, if it does."""
    if message.verb not in _BETWEEN_TWO:
        return None
    number = message.data.get("to_id") or message.data.get("from_id")
    return number if isinstance(number, int) else None


def _assigned(message: Message, who: str, facts: Facts) -> str:
    to = facts.get("to")
    if not to:
        return _("%(who)s put the conversation back into the queue") % {"who": who}
    if message.author_id and message.author_id == facts.get("to_id"):
        return _("%(who)s took the conversation") % {"who": who}
    return _("%(who)s assigned the conversation to %(to)s") % {"who": who, "to": to}


def _handed_over(_message: Message, who: str, facts: Facts) -> str:
    to = facts.get("to")
    if not to:
        return _("%(who)s took the conversation out of its team") % {"who": who}
    return _("%(who)s handed the conversation over to %(team)s") % {"who": who, "team": to}


def _spam(_message: Message, who: str, facts: Facts) -> str:
    match facts.get("reason"):
        case "rule":
            return _("The rule “%(rule)s” took the message for spam") % {"rule": facts.get("rule", "")}
        case "score":
            return _("The mail server's filter took the message for spam")
        case "blocked":
            return _("Spam, since the sender is blocked")
    return _("%(who)s marked the conversation as spam") % {"who": who}


def _blocked(_message: Message, who: str, facts: Facts) -> str:
    blocked = facts.get("domain") or facts.get("address") or facts.get("contact", "")
    return _("%(who)s blocked %(blocked)s") % {"who": who, "blocked": blocked}


def _unblocked(_message: Message, who: str, facts: Facts) -> str:
    blocked = facts.get("domain") or facts.get("address") or facts.get("contact", "")
    return _("%(who)s unblocked %(blocked)s") % {"who": who, "blocked": blocked}


def _snoozed(_message: Message, who: str, facts: Facts) -> str:
    if not facts.get("until"):
        return _("%(who)s snoozed the conversation until the customer writes") % {"who": who}
    until = _moment(facts.get("until"))
    return _("%(who)s snoozed the conversation until %(until)s") % {"who": who, "until": until}


def _woken(_message: Message, _who: str, _facts: Facts) -> str:
    return _("The snooze ended")


def _priority(_message: Message, who: str, facts: Facts) -> str:
    labels: dict[Any, Any] = dict(Priority.choices)
    new = labels.get(facts.get("new"), facts.get("new"))
    return _("%(who)s set the priority to %(priority)s") % {"who": who, "priority": new}


def _tagged(_message: Message, who: str, facts: Facts) -> str:
    return _("%(who)s added the tag %(tag)s") % {"who": who, "tag": facts.get("tag", "")}


def _untagged(_message: Message, who: str, facts: Facts) -> str:
    return _("%(who)s removed the tag %(tag)s") % {"who": who, "tag": facts.get("tag", "")}


def _language(_message: Message, who: str, facts: Facts) -> str:
    name = language_name(str(facts.get("new", "")))
    return _("%(who)s set the language to %(language)s") % {"who": who, "language": name}


def _merged(_message: Message, who: str, facts: Facts) -> str:
    names = {"who": who, "merged": facts.get("merged", ""), "into": facts.get("into", "")}
    return _("%(who)s merged the contact %(merged)s into %(into)s") % names


def _reacted(_message: Message, who: str, facts: Facts) -> str:
    emoji = facts.get("emoji")
    if not emoji:
        return _("%(who)s took a reaction back") % {"who": who}
    return _("%(who)s reacted with %(emoji)s") % {"who": who, "emoji": emoji}


def _held(_message: Message, _who: str, _facts: Facts) -> str:
    return _("Held, because its writer takes no part in the conversation that it quotes")


def _let_in(_message: Message, who: str, facts: Facts) -> str:
    words = {"who": who, "address": facts.get("address", "")}
    if facts.get("to_id"):
        return _("%(who)s let %(address)s join the conversation that this mail quotes") % words
    return _("%(who)s let %(address)s join") % words


def _split(_message: Message, who: str, facts: Facts) -> str:
    if facts.get("to_id"):
        return _("%(who)s split off a new conversation") % {"who": who}
    return _("%(who)s split this off another conversation") % {"who": who}


def _conversations_merged(_message: Message, who: str, facts: Facts) -> str:
    if facts.get("to_id"):
        return _("%(who)s merged this conversation into another") % {"who": who}
    return _("%(who)s merged another conversation into this one") % {"who": who}


def _field(_message: Message, who: str, facts: Facts) -> str:
    words = {"who": who, "field": facts.get("label") or facts.get("field", ""), "value": facts.get("new", "")}
    if facts.get("new") in {None, ""}:
        return _("%(who)s emptied “%(field)s”") % words
    return _("%(who)s set “%(field)s” to %(value)s") % words


def _undelivered(_message: Message, _who: str, facts: Facts) -> str:
    return _("Not delivered to %(address)s: %(reason)s") % _address_and_reason(facts)


def _paused(_message: Message, _who: str, facts: Facts) -> str:
    return _("Nothing more is sent to %(address)s: %(reason)s") % _address_and_reason(facts)


def _resumed(_message: Message, who: str, facts: Facts) -> str:
    return _("%(who)s sends to %(address)s again") % {"who": who, "address": facts.get("address", "")}


def _planned(_message: Message, who: str, facts: Facts) -> str:
    return _("%(who)s scheduled an answer for %(at)s") % {"who": who, "at": _moment(facts.get("at"))}


def _unplanned(message: Message, who: str, facts: Facts) -> str:
    if message.author_id == facts.get("of_id"):
        return _("%(who)s took a scheduled answer back") % {"who": who}
    return _("%(who)s took back the answer that %(of)s had scheduled") % {"who": who, "of": facts.get("of", "")}


def _held_back(_message: Message, _who: str, facts: Facts) -> str:
    words = {"of": facts.get("of", ""), "reason": in_our_words(str(facts.get("reason", "")))}
    return _("The scheduled answer of %(of)s was not sent: %(reason)s") % words


def _address_and_reason(facts: Facts) -> Facts:
    return {"address": facts.get("address", ""), "reason": in_our_words(str(facts.get("reason", "")))}


def _warned(_message: Message, _who: str, facts: Facts) -> str:
    return _late(_("Deadline is near: %(goal)s") % {"goal": _goal(facts)}, facts)


def _breached(_message: Message, _who: str, facts: Facts) -> str:
    return _late(_("Deadline was missed: %(goal)s") % {"goal": _goal(facts)}, facts)


def _late(told: str, facts: Facts) -> str:
    """Add how late it was noticed, where an outage kept it from being noticed in time."""
    seconds = facts.get("late_by")
    if not isinstance(seconds, int):
        return told
    late = format_timedelta(timedelta(seconds=seconds), locale=reader_locale())
    return _("%(told)s (noticed late by %(time)s)") % {"told": told, "time": late}


def _retargeted(_message: Message, _who: str, facts: Facts) -> str:
    moves = [_moved(move) for move in facts.get("moved", [])]
    because = str(dict(Change.choices).get(facts.get("because", ""), ""))
    words = {"because": because, "moves": "; ".join(moves)}
    return _("Deadlines moved after a change (%(because)s): %(moves)s") % words


def _moved(move: Facts) -> str:
    words = {
        "goal": _goal(move),
        "old": _moment(move["old"]) if move.get("old") else _("no deadline"),
        "new": _moment(move["new"]) if move.get("new") else _("no deadline"),
    }
    return _("%(goal)s from %(old)s to %(new)s") % words


def _escalated(_message: Message, _who: str, facts: Facts) -> str:
    action = str(dict(StepAction.choices).get(facts.get("action", ""), ""))
    told = _("Escalation of the deadline “%(goal)s”: %(action)s") % {"goal": _goal(facts), "action": action}
    if facts.get("to"):
        told = _("%(told)s (%(to)s)") % {"told": told, "to": facts["to"]}
    if facts.get("failed"):
        told = _("%(told)s: failed, %(reason)s") % {"told": told, "reason": facts["failed"]}
    return told


def _goal(facts: Facts) -> str:
    kind = facts.get("kind", "")
    return str(dict(ClockKind.choices).get(kind, kind))


def _told_by_verb(message: Message, who: str, _facts: Facts) -> str:
    return _("%(who)s %(what)s") % {"who": who, "what": message.get_verb_display()}


def _simple(text: Callable[[], str]) -> Callable[[Message, str, Facts], str]:
    return lambda _message, who, _facts: text() % {"who": who}


def _moment(text: Any) -> str:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return str(text or "")
    return str(format_datetime(timezone.localtime(moment), "short", locale=reader_locale()))


_SENTENCES: dict[EventVerb, Callable[[Message, str, Facts], str]] = {
    EventVerb.OPENED: _simple(lambda: _("%(who)s opened the conversation")),
    EventVerb.REOPENED: _simple(lambda: _("%(who)s reopened the conversation")),
    EventVerb.RESOLVED: _simple(lambda: _("%(who)s resolved the conversation")),
    EventVerb.PENDING: _simple(lambda: _("%(who)s set the conversation to pending")),
    EventVerb.SPAM: _spam,
    EventVerb.BLOCKED: _blocked,
    EventVerb.UNBLOCKED: _unblocked,
    EventVerb.SNOOZED: _snoozed,
    EventVerb.WOKEN: _woken,
    EventVerb.ASSIGNED: _assigned,
    EventVerb.HANDED_OVER: _handed_over,
    EventVerb.PRIORITY: _priority,
    EventVerb.TAGGED: _tagged,
    EventVerb.UNTAGGED: _untagged,
    EventVerb.LANGUAGE: _language,
    EventVerb.CONTACT_MERGED: _merged,
    EventVerb.CONTACT_UNMERGED: _simple(lambda: _("%(who)s took the merge of two contacts back")),
    EventVerb.MERGED: _conversations_merged,
    EventVerb.UNMERGED: _simple(lambda: _("%(who)s took the merge of two conversations back")),
    EventVerb.LINKED: _simple(lambda: _("%(who)s linked another conversation")),
    EventVerb.UNLINKED: _simple(lambda: _("%(who)s took the link to another conversation away")),
    EventVerb.FIELD: _field,
    EventVerb.REACTION: _reacted,
    EventVerb.HELD: _held,
    EventVerb.LET_IN: _let_in,
    EventVerb.KEPT_APART: _simple(lambda: _("%(who)s keeps this mail apart from the conversation it quotes")),
    EventVerb.SPLIT: _split,
    EventVerb.MOVED: _simple(lambda: _("%(who)s moved a message to another conversation")),
    EventVerb.UNDELIVERED: _undelivered,
    EventVerb.PAUSED: _paused,
    EventVerb.RESUMED: _resumed,
    EventVerb.PLANNED: _planned,
    EventVerb.UNPLANNED: _unplanned,
    EventVerb.HELD_BACK: _held_back,
    EventVerb.SLA_WARNED: _warned,
    EventVerb.SLA_BREACHED: _breached,
    EventVerb.RETARGETED: _retargeted,
    EventVerb.ESCALATED: _escalated,
}
_BETWEEN_TWO = frozenset(
    {
        *(EventVerb.HELD, EventVerb.LET_IN, EventVerb.KEPT_APART, EventVerb.SPLIT, EventVerb.MOVED),
        *(EventVerb.MERGED, EventVerb.UNMERGED, EventVerb.LINKED, EventVerb.UNLINKED),
    }
)
