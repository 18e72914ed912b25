"""Finding prepared texts, in the customer's language."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from modeltranslation.utils import build_localized_fieldname

from csplatform.common.languages import fallback_chain
from csplatform.conversations.models import Conversation
from csplatform.knowledge.models import CannedReply, Signature, SystemText
from csplatform.people.models import User

_VARIABLE = re.compile(r"\{\{\s*([a-z.]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A prepared text in the language (BCP 47) it was found in; `subject` is empty for canned replies.

    `missing` names the variables for which there is no value.
    """

    body: str
    language: str
    subject: str = ""
    missing: tuple[str, ...] = ()


def canned_replies(user: User, query: str = "") -> QuerySet[CannedReply]:
    """Return the canned replies of the user's teams and of every team, those matching `query` in any language."""
    replies = CannedReply.objects.all()
    if not user.sees_everything:
        replies = replies.filter(Q(team__isnull=True) | Q(team__in=user.teams.all()))
    if query:
        names = ["shortcut", *(_field(name, tag) for name in ("title", "body") for tag in _languages())]
        matches = Q()
        for name in names:
            matches |= Q(**{f"{name}__icontains": query})
        replies = replies.filter(matches)
    return replies.order_by("shortcut")


def render_canned(reply: CannedReply, conversation: Conversation, user: User, language: str = "") -> RenderedText:
    """Return `reply` in `language`, by default the conversation's, or the nearest there is, its variables filled in.

    Variables: contact.name, agent.name, team.name, conversation.reference, conversation.subject. One without a value
    becomes empty, never a pair of braces in a customer's mail.
    """
    body, found = _translated(reply, "body", language or conversation.language)
    values = {
        "contact.name": conversation.contact.name,
        "agent.name": user.name,
        "team.name": conversation.team.name if conversation.team else "",
        "conversation.reference": f"#{conversation.pk}",
        "conversation.subject": conversation.subject,
    }
    missing = tuple(dict.fromkeys(name for name in _VARIABLE.findall(body) if not values.get(name)))
    return RenderedText(body=_filled(body, values), language=found, missing=missing)


def languages_of(replies: Iterable[CannedReply]) -> list[str]:
    """Return the languages (BCP 47) in which at least one of `replies` is there."""
    return [tag for tag in _languages() if any(getattr(reply, _field("body", tag)) for reply in replies)]


def signature(conversation: Conversation, user: User) -> str:
    """Return what stands below `user`'s answers in the conversation, in its language or the nearest; empty for none."""
    fitting = Signature.objects.filter(Q(account=conversation.account) | Q(account__isnull=True))
    row = fitting.order_by(F("account").asc(nulls_last=True)).first()
    if row is None:
        return ""
    body, _found = _translated(row, "body", conversation.language)
    team = conversation.team.name if conversation.team else ""
    return _filled(body, {"agent.name": user.name, "team.name": team}).strip()


def _filled(body: str, values: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values.get(match.group(1), ""), body)


def system_text(key: SystemText.Key, language: str) -> RenderedText | None:
    """Return a system text in `language` or the nearest there is; None where an administrator left it empty."""
    text = SystemText.objects.filter(key=key).first()
    if text is None:
        return None
    body, found = _translated(text, "body", language)
    subject, _found = _translated(text, "subject", language)
    return RenderedText(body=body, language=found, subject=subject) if body else None


def _translated(row: Any, field: str, language: str) -> tuple[str, str]:
    """Return the first text along the fallback chain of `language`, and its language."""
    for tag in fallback_chain(language, settings.MODELTRANSLATION_DEFAULT_LANGUAGE):
        code = tag.lower()
        if code in _languages() and (text := getattr(row, _field(field, code))):
            return str(text), tag
    return "", settings.MODELTRANSLATION_DEFAULT_LANGUAGE


def _languages() -> tuple[str, ...]:
    return tuple(settings.MODELTRANSLATION_LANGUAGES)


def _field(name: str, code: str) -> str:
    return str(build_localized_fieldname(name, code))
