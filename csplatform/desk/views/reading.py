"""How far an agent has read."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.flows import signals
from csplatform.flows.seen import saw, seen_up_to

NOTHING = 204


@require_POST
@agent_required
def seen(request: AgentRequest, pk: int, seq: int) -> HttpResponseBase:
    """The agent has the messages up to number `seq` before them; the customer hears of it where that is possible."""
    conversation = the_conversation(request.user, pk)
    before = seen_up_to(request.user, conversation) or 0
    saw(request.user, conversation, min(seq, 2**31 - 1))
    if before < conversation.last_customer_seq <= seq:
        signals.read(conversation)
    return HttpResponse(status=NOTHING)
