"""Smaller facts about a conversation: priority, tags, language, and the tier of its contact."""

from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.common.languages import normalise_tag
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, EventVerb, Priority, Status, Tag
from csplatform.conversations.services import lock, record
from csplatform.sla import services as sla
from csplatform.sla.models import Change


@transaction.atomic
def set_priority(conversation_id: int, priority: int, by: Actor) -> Conversation:
    """Set a priority; the SLA may ask for other deadlines then. Raises InvalidInput for an unknown one."""
    if priority not in Priority.values:
        raise InvalidInput(_("There is no such priority."), field="priority")
    conversation = lock(conversation_id)
    if conversation.priority == priority:
        return conversation
    old, conversation.priority = conversation.priority, priority
    record(conversation, EventVerb.PRIORITY, by, old=old, new=priority)
    sla.retarget(conversation, clock.now(), Change.PRIORITY)
    return conversation


@transaction.atomic
def add_tag(conversation_id: int, name: str, by: Actor) -> Conversation:
    """File a conversation under a tag, made where it is new. Raises InvalidInput for an empty or overlong name."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 60:
        raise InvalidInput(_("A tag has 1 to 60 characters."), field="tag")
    conversation = lock(conversation_id)
    tag = Tag.objects.filter(name__iexact=name).first() or Tag.objects.create(name=name)
    if not conversation.tags.filter(pk=tag.pk).exists():
        conversation.tags.add(tag)
        record(conversation, EventVerb.TAGGED, by, tag=tag.name)
        sla.retarget(conversation, clock.now(), Change.TAG)
    return conversation


@transaction.atomic
def remove_tag(conversation_id: int, name: str, by: Actor) -> Conversation:
    """Take a tag off; one that is not there is no error."""
    conversation = lock(conversation_id)
    tag = conversation.tags.filter(name__iexact=name.strip()).first()
    if tag is not None:
        conversation.tags.remove(tag)
        record(conversation, EventVerb.UNTAGGED, by, tag=tag.name)
        sla.retarget(conversation, clock.now(), Change.TAG)
    return conversation


@transaction.atomic
def set_language(conversation_id: int, language: str, by: Actor) -> Conversation:
    """Correct the language in which the customer is answered (BCP 47). Raises InvalidInput for no language."""
    tag = normalise_tag(language)
    if tag is None:
        raise InvalidInput(_("There is no such language."), field="language")
    conversation = lock(conversation_id)
    if conversation.language != tag:
        old, conversation.language = conversation.language, tag
        record(conversation, EventVerb.LANGUAGE, by, old=old, new=tag)
        sla.retarget(conversation, clock.now(), Change.LANGUAGE)
    return conversation


@transaction.atomic
def tier_changed(contact_id: int) -> None:
    """A contact has another tier: the SLA may ask for other deadlines in all of their open conversations."""
    concerned = Conversation.objects.filter(contact=contact_id).exclude(status__in=[Status.RESOLVED, Status.SPAM])
    for conversation_id in list(concerned.order_by("pk").values_list("pk", flat=True)):
        sla.retarget(lock(conversation_id), clock.now(), Change.TIER)
