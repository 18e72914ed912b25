"""Answering: replies, notes, prepared texts, another try."""

from uuid import UUID

from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.desk.access import AgentRequest, agent_required, the_conversation, the_message
from csplatform.desk.views.conversation import changed, shown_revision
from csplatform.flows import deliver, status
from csplatform.flows import reply as replies
from csplatform.knowledge.selectors import canned_replies, render_canned

MOST_CANNED = 8


@require_POST
@agent_required
def send(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Send a reply or leave a note, as `mode` says; `then=resolve` closes the conversation after a reply.

    The page's `key` makes a repeated submission harmless.
    """
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    key, text = _key(request), request.POST.get("text", "").replace("\r\n", "\n")
    files = request.FILES.getlist("files")
    if request.POST.get("mode") == "note":
        replies.note(conversation.pk, by=request.user, text=text, key=key, files=files)
    else:
        replies.reply(conversation.pk, by=request.user, text=text, key=key, files=files)
        if request.POST.get("then") == "resolve":
            status.resolve(conversation.pk, by=Actor.agent(request.user))
    if not request.htmx:
        return redirect("desk:conversation", pk)
    response = changed(request, pk, revision)
    response["X-Sent"] = str(key)
    return response


@require_POST
@agent_required
def retry(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Try once more to send a reply that failed, or that may not have arrived."""
    revision = shown_revision(request)
    message = the_message(request.user, pk)
    deliver.retry(message.pk, by=request.user)
    if not request.htmx:
        return redirect("desk:conversation", message.conversation_id)
    return changed(request, message.conversation_id, revision)


@require_GET
@agent_required
def canned(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Prepared texts that match what stands behind the slash, each already in the customer's language."""
    conversation = the_conversation(request.user, pk)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    found = canned_replies(request.user, query)[:MOST_CANNED]
    options = [(reply, render_canned(reply, conversation, request.user)) for reply in found]
    return render(request, "desk/conversation/canned.html", {"options": options, "query": query})


def _key(request: AgentRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise InvalidInput(_("This page is out of date; please reload it."), field="key") from error
