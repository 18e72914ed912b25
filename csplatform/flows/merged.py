"""A conversation that was put into another takes nothing more."""

from django.utils.translation import gettext as _

from csplatform.common.errors import InvalidInput
from csplatform.conversations.models import Conversation


def refuse_merged(conversation: Conversation) -> None:
    """Raise InvalidInput for a conversation that was merged into another."""
    if conversation.merged_into_id is not None:
        words = _("This conversation was merged into #%(number)d.") % {"number": conversation.merged_into_id}
        raise InvalidInput(words)
