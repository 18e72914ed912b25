"""Two conversations have to do with each other, though they are two matters."""

from django.db import transaction
from django.utils.translation import gettext as _

from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, ConversationLink, EventVerb
from csplatform.conversations.services import lock_both, record
from csplatform.flows.merged import refuse_merged


@transaction.atomic
def link(one: int, other: int, *, by: Actor) -> None:
    """Write down that two conversations are related; once is enough. Raises InvalidInput for one with itself."""
    if one == other:
        raise InvalidInput(_("A conversation cannot be linked to itself."), field="other")
    both = lock_both(one, other)
    for conversation in both:
        refuse_merged(conversation)
    older, newer = sorted((one, other))
    _link, is_new = ConversationLink.objects.get_or_create(one_id=older, other_id=newer, defaults={"by": by.user})
    if is_new:
        _tell(both, EventVerb.LINKED, by)


@transaction.atomic
def unlink(one: int, other: int, *, by: Actor) -> None:
    """Take a link away; one that is not there is no error."""
    if one == other:
        return
    both = lock_both(one, other)
    older, newer = sorted((one, other))
    if ConversationLink.objects.filter(one=older, other=newer).delete()[0]:
        _tell(both, EventVerb.UNLINKED, by)


def _tell(both: tuple[Conversation, Conversation], verb: EventVerb, by: Actor) -> None:
    one, other = both
    record(one, verb, by, to_id=other.pk)
    record(other, verb, by, to_id=one.pk)
