"""Mail that is held beside the conversation it quotes: letting it in. (Keeping it apart is a plain action.)"""

from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from csplatform.common.errors import NotAllowed
from csplatform.conversations.actors import Actor
from csplatform.conversations.selectors import visible_conversations
from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.desk.views.conversation import opened
from csplatform.flows import holding


@require_POST
@agent_required
def let_in(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Move what is held into the conversation it quotes, and open that. Only whoever sees both may do so."""
    quoted = the_conversation(request.user, pk).held_for_id
    if quoted is not None and not visible_conversations(request.user).filter(pk=quoted).exists():
        raise NotAllowed(_("The conversation that it quotes is not open to you."))
    target = holding.let_in(pk, by=Actor.agent(request.user))
    if not request.htmx:
        return redirect("desk:conversation", target.pk)
    response = opened(request, the_conversation(request.user, target.pk))
    response["HX-Retarget"] = "#conversation"
    response["HX-Reswap"] = "innerHTML"
    response["HX-Push-Url"] = reverse("desk:conversation", args=[target.pk])
    return response
