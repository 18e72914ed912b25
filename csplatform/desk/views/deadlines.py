"""Why is this due then?"""

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.desk.deadlines import deadlines


@require_safe
@agent_required
def show(request: AgentRequest, pk: int) -> HttpResponseBase:
    """The clocks of a conversation, each with its explanation: in a dialog, or on a page where there are no scripts."""
    conversation = the_conversation(request.user, pk)
    context = {"conversation": conversation, "deadlines": deadlines(conversation)}
    return render(request, f"desk/deadlines/{'panel' if request.htmx else 'page'}.html", context)
