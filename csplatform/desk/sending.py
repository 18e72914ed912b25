"""Reading what the composer submits: an answer, when it shall go, and what becomes of the conversation then."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from csplatform.common.errors import InvalidInput
from csplatform.conversations.models import AfterSending, Conversation
from csplatform.desk.choices import moment_in
from csplatform.desk.writing import new_subject, recipients_in
from csplatform.flows.overtaken import Seen
from csplatform.flows.routes import chosen_handle
from csplatform.flows.send_later import Answer
from csplatform.people.models import User

OWN_MOMENT = "own"


def answer_in(data: QueryDict, conversation: Conversation, key: UUID, by: User) -> Answer:
    """Return the answer that was submitted. Raises InvalidInput for a moment or a way that there is not."""
    at = _at(data)
    then, until = _then(data.get("later_then" if at else "then", ""))
    if "anyway" in data:  # sent again after a warning, which kept what had been chosen
        at = moment_in(data.get("anyway_at", ""), "at") if data.get("anyway_at") else None
        then, until = _then(data.get("anyway_then", ""))
    return Answer(
        text=typed_text(data),
        key=key,
        then=then,
        then_until=until,
        at=at,
        unless_customer_writes=data.get("unless") == "1",
        version=number_in(data, "version"),
        seen=Seen.read(data.get("anyway") or data.get("seen", "")),
        **_letter(data, conversation, by),
    )


def typed_text(data: QueryDict) -> str:
    """Return the text that was typed, its lines ended as ours are."""
    return data.get("text", "").replace("\r\n", "\n")


def number_in(data: QueryDict, name: str) -> int:
    """Return the number in a field of the page's own; 0 where there is none."""
    text = data.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def then_text(answer: Answer) -> str:
    """Return `answer.then` as a submission says it."""
    return f"{answer.then}:{answer.then_until.isoformat()}" if answer.then_until else str(answer.then)


def _letter(data: QueryDict, conversation: Conversation, by: User) -> dict[str, Any]:
    """Return where an answer goes: another way than the usual one reaches one person, and takes no more fields."""
    through = data.get("through", "")
    if through:
        return {"handle": chosen_handle(conversation, by, through)}
    return {"recipients": recipients_in(data), "subject": new_subject(data), "quote": data.get("quote") == "1"}


def _at(data: QueryDict) -> datetime | None:
    chosen = data.get("at", "")
    if not chosen:
        return None
    return moment_in(data.get("at_own", "") if chosen == OWN_MOMENT else chosen, "at")


def _then(text: str) -> tuple[AfterSending, datetime | None]:
    """Read `resolve`, `pending` or `snooze:<moment>`; nothing for an empty one."""
    name, _colon, until = text.partition(":")
    if name not in AfterSending.values:
        raise InvalidInput(_("This page is out of date; please reload it."), field="then")
    then = AfterSending(name)
    return then, moment_in(until, "until") if then == AfterSending.SNOOZE else None
