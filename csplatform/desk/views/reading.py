"""How far an agent has read."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.flows.seen import saw

NOTHING = 204


@require_POST
@agent_required
def seen(request: AgentRequest, pk: int, seq: int) -> HttpResponseBase:
    """The agent has the messages up to number `seq` before them."""
    saw(request.user, the_conversation(request.user, pk), min(seq, 2**31 - 1))
    return HttpResponse(status=NOTHING)
