"""Answering: replies, notes, prepared texts, another try."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation
from csplatform.desk.access import INVALID, AgentRequest, agent_required, refusal, the_conversation, the_message
from csplatform.desk.places import START
from csplatform.desk.views.conversation import changed, conversation_context, shown_revision
from csplatform.desk.views.inbox import list_context
from csplatform.desk.writing import ADDRESS_FIELDS, as_typed, new_subject, recipients_in
from csplatform.flows import deliver, status
from csplatform.flows import reply as replies
from csplatform.flows.routes import chosen_handle
from csplatform.knowledge.selectors import canned_replies, render_canned

MOST_CANNED = 8


@require_POST
@agent_required
def send(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Send a reply or leave a note, as `mode` says; `then=resolve` closes the conversation after a reply.

    The page's `key` makes a repeated submission harmless. What is refused is said where it was typed.
    """
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    key = form_key(request)
    try:
        _say(request, conversation, key)
    except InvalidInput as error:
        if request.htmx:
            return refused_field(request, error, "composer")
        return _page_as_typed(request, conversation, error)
    if not request.htmx:
        return redirect("desk:conversation", pk)
    return sent(request, pk, revision, key)


def _say(request: AgentRequest, conversation: Conversation, key: UUID) -> None:
    data = request.POST
    said: dict[str, Any] = {
        "by": request.user,
        "text": typed_text(request),
        "key": key,
        "files": request.FILES.getlist("files"),
    }
    if data.get("mode") == "note":
        replies.note(conversation.pk, **said)
        return
    replies.reply(conversation.pk, **_letter(request, conversation), **said)
    if data.get("then") == "resolve":
        status.resolve(conversation.pk, by=Actor.agent(request.user))


def _letter(request: AgentRequest, conversation: Conversation) -> dict[str, Any]:
    """Return where an answer goes: another way than the usual one reaches one person, and takes no more fields."""
    data = request.POST
    if data.get("through"):
        return {"handle": chosen_handle(conversation, request.user, data["through"])}
    return {"recipients": recipients_in(data), "subject": new_subject(data), "quote": data.get("quote") == "1"}


def typed_text(request: AgentRequest) -> str:
    """Return the text that was typed, its lines ended as ours are."""
    return request.POST.get("text", "").replace("\r\n", "\n")


def sent(request: AgentRequest, pk: int, revision: int, key: UUID) -> HttpResponseBase:
    """Answer with what is new, and tell the page that it may forget what it kept under `key`."""
    response = changed(request, pk, revision)
    response["X-Sent"] = str(key)
    return response


def refused_field(request: AgentRequest, error: InvalidInput, form: str) -> HttpResponseBase:
    """Say why at the field of `form` that is to blame, or as any refusal where it has no such field."""
    if error.field not in ADDRESS_FIELDS or error.field not in request.POST:
        return refusal(request, error)
    context = {"form": form, "field": error.field, "text": str(error)}
    response = render(request, "desk/letter/refused.html", context, status=INVALID)
    response["HX-Reswap"] = "none"
    return response


def _page_as_typed(request: AgentRequest, conversation: Conversation, error: InvalidInput) -> HttpResponseBase:
    """Show the page again with everything that was typed, for browsers without our scripts."""
    context = list_context(request, START, open_id=conversation.pk) | conversation_context(request, conversation)
    shown = context["writing"]
    context["writing"] = shown and as_typed(shown, request.POST, error)
    if not (context["writing"] and context["writing"].errors):
        messages.error(request, str(error))
    context["typed"] = {name: request.POST.get(name, "") for name in ("text", "mode", "key", "through")}
    return render(request, "desk/inbox.html", context, status=INVALID)


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


def form_key(request: AgentRequest) -> UUID:
    """Return the key of a submission. Raises InvalidInput for a page that has none."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise InvalidInput(_("This page is out of date; please reload it."), field="key") from error
