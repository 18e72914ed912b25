"""Writing to a customer with a text that the platform has approved, where no free answer is allowed."""

import re
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Handle
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Message, MessageKind
from csplatform.conversations.services import NewMessage, lock
from csplatform.flows.merged import refuse_merged
from csplatform.flows.outgoing import queue
from csplatform.flows.recipients import envelope_for
from csplatform.flows.reply import already_said, take
from csplatform.flows.routes import remember_route
from csplatform.gateway.contract import Template, TemplateUse
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from csplatform.sla import services as sla

# Seconds for which the platform is not asked for its templates again.
KEPT = 600


def templates_of(account: ChannelAccount, *, anew: bool = False) -> list[Template]:
    """Return what the platform has approved for `account`, asked at most every ten minutes; `anew` asks at once.

    Raises SendFailed, SendUnavailable where the platform does not say.
    """
    ask = account.adapter().abilities.templates
    if ask is None:
        return []
    key = f"templates:{account.pk}"
    found: list[Template] | None = None if anew else cache.get(key)
    if found is None:
        found = list(ask(account.config))
        cache.set(key, found, KEPT)
    return found


def fill(template: Template, values: tuple[str, ...]) -> str:
    """Return what the customer will read. Raises InvalidInput unless there is a value for each place."""
    if len(values) != len(template.parameters) or not all(value.strip() for value in values):
        raise InvalidInput(_("Fill in every place of the template."), field="template")
    filled = dict(zip(template.parameters, values, strict=True))
    places = "|".join(re.escape(place) for place in template.parameters)
    return re.sub(places, lambda found: filled[found[0]].strip(), template.text) if places else template.text


def send_template(
    conversation_id: int, *, by: User, use: TemplateUse, key: UUID, handle: Handle | None = None
) -> Message:
    """Queue an approved text; the same `key` again returns the message that is there already.

    It counts as an answer like any other, and goes to where the customer last wrote unless `handle` is another of
    theirs (`flows.routes`). Raises InvalidInput for a template that the platform does not have or that is not filled
    in, an address that takes nothing, somebody else's handle; Conflict where the key belongs to another message;
    SendFailed, SendUnavailable where the platform does not say what it has approved.
    """
    envelope = envelope_for(conversation_id, None, handle)
    template = named(envelope.handle.account, use.name, use.language)
    text = fill(template, use.values)
    with transaction.atomic():
        conversation = lock(conversation_id)
        known = already_said(conversation, key)
        if known is not None:
            return known
        refuse_merged(conversation)
        envelope.check()
        at = clock.now()
        take(conversation, by)
        new = NewMessage(
            kind=MessageKind.REPLY,
            key=key,
            author=Actor.agent(by),
            handle=envelope.handle,
            text=text,
            language=use.language,
            metadata={"template": {"name": use.name, "language": use.language, "values": list(use.values)}},
        )
        message = queue(conversation, new)
        remember_route(conversation, envelope.handle)
        sla.agent_replied(conversation, by, at)
        return message


def named(account: ChannelAccount, name: str, language: str) -> Template:
    """Return an approved text. Raises InvalidInput where there is none such, and what `templates_of` raises."""
    for template in templates_of(account):
        if (template.name, template.language) == (name, language):
            return template
    raise InvalidInput(_("The platform knows no such template."), field="template")
