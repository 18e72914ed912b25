"""Answering: replies, notes, prepared texts, another try."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from csplatform.common.errors import Conflict, CsplatformError, InvalidInput
from csplatform.conversations.models import Conversation
from csplatform.desk.access import INVALID, AgentRequest, agent_required, refusal, the_conversation, the_message
from csplatform.desk.drafting import line_about, plan_about
from csplatform.desk.places import START
from csplatform.desk.sending import answer_in, number_in, then_text, typed_text
from csplatform.desk.views.conversation import changed, conversation_context, shown_revision
from csplatform.desk.views.inbox import list_context
from csplatform.desk.writing import ADDRESS_FIELDS, as_typed
from csplatform.flows import deliver, send_later
from csplatform.flows.overtaken import Overtaken
from csplatform.knowledge.selectors import canned_replies, languages_of, render_canned

MOST_CANNED = 8


@require_POST
@agent_required
def send(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Send a reply or leave a note, as `mode` says: at once, in the seconds it can be undone, or at a moment (`at`).

    `then` says what becomes of the conversation after a reply. The page's `key` makes a repeated submission harmless.
    What is refused is said where it was typed; so is what colleagues did meanwhile, before anything is sent.
    """
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    key = form_key(request)
    try:
        _say(request, conversation, key)
    except Overtaken as error:
        return _warned(request, conversation, error)
    except (InvalidInput, Conflict) as error:
        return _refused(request, conversation, error)
    if not request.htmx:
        return redirect("desk:conversation", pk)
    return sent(request, pk, revision, key)


def _say(request: AgentRequest, conversation: Conversation, key: UUID) -> None:
    data, files = request.POST, request.FILES.getlist("files")
    if data.get("mode") == "note":
        chosen = [int(text) for text in data.getlist("mention") if text.isdecimal() and len(text) < 19]
        said: dict[str, Any] = {"text": typed_text(data), "key": key, "version": number_in(data, "version")}
        send_later.note(conversation.pk, by=request.user, files=files, mentions=chosen, **said)
    else:
        send_later.submit(
            conversation.pk, answer_in(data, conversation, key, request.user), by=request.user, files=files
        )


def _warned(request: AgentRequest, conversation: Conversation, error: Overtaken) -> HttpResponseBase:
    """Say what others did meanwhile, and leave everything typed as it is."""
    done = [*(line_about(message, conversation) for message in error.messages), *map(plan_about, error.planned)]
    answer = answer_in(request.POST, conversation, form_key(request), request.user)
    again = {"now": str(error.now), "then": then_text(answer), "at": answer.at.isoformat() if answer.at else ""}
    context = {"overtaken": {"done": done} | again}
    if not request.htmx:
        return _page_as_typed(request, conversation, error, context)
    response = render(request, "desk/conversation/overtaken_partial.html", context, status=INVALID)
    response["HX-Reswap"] = "none"
    return response


def _refused(request: AgentRequest, conversation: Conversation, error: InvalidInput | Conflict) -> HttpResponseBase:
    if not request.htmx:
        return _page_as_typed(request, conversation, error)
    if isinstance(error, InvalidInput):
        return refused_field(request, error, "composer")
    response = refusal(request, error)
    response["X-New-Key"] = "true"  # the key belongs to another text, which has been sent
    return response


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


def _page_as_typed(
    request: AgentRequest, conversation: Conversation, error: CsplatformError, more: dict[str, Any] | None = None
) -> HttpResponseBase:
    """Show the page again with everything that was typed, for browsers without our scripts."""
    context = list_context(request, START, open_id=conversation.pk) | conversation_context(request, conversation)
    shown = context["writing"]
    context["writing"] = shown and as_typed(shown, request.POST, error)
    if not more and not (context["writing"] and context["writing"].errors):
        messages.error(request, str(error))
    names = ("text", "mode", "key", "through", "seen", "version")
    context["typed"] = {name: request.POST.get(name, "") for name in names}
    if isinstance(error, Conflict) and not isinstance(error, Overtaken):
        context["typed"]["key"] = ""  # it belongs to another text, which has been sent
    context |= more or {}
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
    """Prepared texts that match what stands behind the slash, in the customer's language or the one chosen."""
    conversation = the_conversation(request.user, pk)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    found = list(canned_replies(request.user, query)[:MOST_CANNED])
    languages = languages_of(found)
    language = request.GET.get("language", "")
    language = language if language in languages else ""
    options = [(reply, render_canned(reply, conversation, request.user, language)) for reply in found]
    context = {"options": options, "query": query, "languages": languages if len(languages) > 1 else []}
    context["shown"] = language or conversation.language.lower()
    return render(request, "desk/conversation/canned.html", context)


def form_key(request: AgentRequest) -> UUID:
    """Return the key of a submission. Raises InvalidInput for a page that has none."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise InvalidInput(_("This page is out of date; please reload it."), field="key") from error
