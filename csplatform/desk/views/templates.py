"""Texts that the platform has approved: choosing one, filling it in, sending it."""

from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from csplatform.common.errors import NotFound
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation
from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.desk.allowances import pieces, sorted_for
from csplatform.desk.views.composer import form_key, sent
from csplatform.desk.views.conversation import shown_revision
from csplatform.flows.outgoing import account_of
from csplatform.flows.routes import chosen_handle, usual_handle
from csplatform.flows.template import named, send_template, templates_of
from csplatform.gateway.contract import TemplateUse
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount


@require_http_methods(["GET", "POST"])
@agent_required
def templates(request: AgentRequest, pk: int) -> HttpResponseBase:
    """The templates of a way (`through`), one of them (`name`, `language`) to be filled in, and its submission."""
    conversation = the_conversation(request.user, pk)
    if request.method == "POST":
        return _send(request, conversation)
    way = _way(request, conversation, request.GET.get("through", ""))
    context = {"conversation": conversation, "through": request.GET.get("through", "")}
    account = account_of(conversation, way)
    context |= _one(request, account) if "name" in request.GET else _all(request, account, conversation)
    page = "desk/templates/dialog.html" if request.htmx else "desk/templates/page.html"
    return render(request, page, context | {"account": account})


def _send(request: AgentRequest, conversation: Conversation) -> HttpResponseBase:
    data = request.POST
    revision, key = shown_revision(request), form_key(request)
    through = data.get("through", "")
    handle = _way(request, conversation, through) if through else None
    use = TemplateUse(data.get("name", ""), data.get("language", ""), tuple(data.getlist("value")))
    send_template(conversation.pk, by=request.user, use=use, key=key, handle=handle)
    if not request.htmx:
        return redirect("desk:conversation", conversation.pk)
    return sent(request, conversation.pk, revision, key)


def _way(request: AgentRequest, conversation: Conversation, through: str) -> Handle:
    """Return the handle to write to. Raises NotFound for an address that is none yet: no template goes to a mail."""
    if not through:
        return usual_handle(conversation)
    if not through.startswith("h"):
        raise NotFound("no templates go that way")
    return chosen_handle(conversation, request.user, through, for_template=True)


def _all(request: AgentRequest, account: ChannelAccount, conversation: Conversation) -> dict[str, Any]:
    try:
        found = templates_of(account, anew="anew" in request.GET)
    except SendFailed as error:
        return {"problem": error.reason}
    return {"templates": sorted_for(conversation.language, found)}


def _one(request: AgentRequest, account: ChannelAccount) -> dict[str, Any]:
    template = named(account, request.GET["name"], request.GET.get("language", ""))
    return {"template": template, "pieces": pieces(template), "fields": list(enumerate(template.parameters))}
