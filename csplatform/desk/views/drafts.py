"""Keeping what is being written, and what waits to be sent."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import FileResponse, Http404, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from csplatform.common.errors import InvalidInput, NotFound
from csplatform.conversations.models import Draft, DraftFile, DraftMode
from csplatform.conversations.selectors import people_who_see
from csplatform.desk import drafting
from csplatform.desk.access import INVALID, AgentRequest, agent_required, the_conversation
from csplatform.desk.sending import number_in, typed_text
from csplatform.desk.views.composer import form_key
from csplatform.desk.views.conversation import changed, shown_revision
from csplatform.flows import drafts, mentions, send_later, unsent
from csplatform.flows.drafts import LETTER_FIELDS, AlreadySent, Outdated, Typed

CONFLICT, GONE = 409, 410
MOST_SUGGESTED = 8


@require_http_methods(["GET", "POST"])
@agent_required
def draft(request: AgentRequest, pk: int) -> HttpResponseBase:
    """What the agent is writing in a conversation, by mode; a POST keeps what was typed on top of `version`.

    Answers 409 with what there is where another screen has changed it, 410 where it has been sent.
    """
    conversation = the_conversation(request.user, pk)
    if request.method == "GET":
        return JsonResponse(drafting.written(request.user, conversation))
    data = request.POST
    letter = {name: data[f"letter_{name}"] for name in LETTER_FIELDS if f"letter_{name}" in data}
    typed = Typed(typed_text(data), letter, number_in(data, "seen"))
    try:
        kept = drafts.save(
            conversation,
            _mode(request),
            typed,
            by=request.user,
            key=form_key(request),
            version=number_in(data, "version"),
        )
    except Outdated as error:
        return JsonResponse(drafting.as_data(error.current), status=CONFLICT)
    except AlreadySent:
        return JsonResponse({}, status=GONE)
    return JsonResponse({"key": str(kept.key), "version": kept.version} if kept else {"version": 0})


@require_POST
@agent_required
def add_file(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Keep a file that shall go along; says why where the channel refuses it."""
    conversation = the_conversation(request.user, pk)
    upload = request.FILES.get("file")
    if upload is None:
        return JsonResponse({"error": ""}, status=INVALID)
    try:
        file = drafts.add_file(
            conversation,
            _mode(request),
            upload,
            by=request.user,
            key=form_key(request),
            seen_seq=number_in(request.POST, "seen"),
        )
    except InvalidInput as error:
        return JsonResponse({"error": str(error)}, status=INVALID)
    except AlreadySent:
        return JsonResponse({}, status=GONE)
    state = {"key": str(file.draft.key), "version": file.draft.version}
    return JsonResponse({"file": drafting.file_as_data(file)} | state)


@require_http_methods(["GET", "POST"])
@agent_required
def file(request: AgentRequest, pk: int, key: UUID) -> HttpResponseBase:
    """A file that waits with a draft, for whoever sees the draft; a POST takes it out of one's own."""
    conversation = the_conversation(request.user, pk)
    if request.method == "POST":
        left = drafts.remove_file(key, by=request.user)
        return JsonResponse({"version": left.version if left else 0})
    found = DraftFile.objects.filter(key=key, draft__conversation=conversation).select_related("draft").first()
    if found is None or not (found.draft.is_planned or found.draft.author_id == request.user.pk):
        raise NotFound("there is no such file")
    response = FileResponse(
        found.file.open("rb"),
        as_attachment=not found.is_image,
        filename=found.name,
        content_type=found.content_type if found.is_image else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_POST
@agent_required
def planned(request: AgentRequest, pk: int, number: int, action: str) -> HttpResponseBase:
    """Do something with an answer that waits, and answer with what changed; `X-Draft` asks to look at one's draft."""
    if action not in PLANNED_ACTIONS:
        raise Http404(f"nothing is called {action!r}")
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    waiting = Draft.objects.filter(pk=number, conversation=conversation).first()
    if waiting is not None:
        with suppress(NotFound):  # it has been sent or taken back meanwhile, and the answer shows that
            PLANNED_ACTIONS[action](number, by=request.user)
    if not request.htmx:
        return redirect("desk:conversation", pk)
    response = changed(request, pk, revision, frame=True)
    is_mine = waiting is not None and waiting.author_id == request.user.pk
    if action == "take-over" or (action == "undo" and is_mine):
        response["X-Draft"] = "reply"
    return response


PLANNED_ACTIONS: dict[str, Callable[..., Any]] = {
    "undo": unsent.take_back,
    "now": send_later.send_now,
    "discard": unsent.discard,
    "take-over": unsent.take_over,
}


@require_GET
@agent_required
def suggest_mentions(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Colleagues and teams whom a note can name: they may see the conversation, and have `q` in their name."""
    conversation = the_conversation(request.user, pk)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    people = people_who_see(conversation).exclude(pk=request.user.pk).filter(name__icontains=query)
    teams = [team for team in mentions.teams_to_mention(conversation) if query.casefold() in team.name.casefold()]
    context = {"people": people.order_by("name")[:MOST_SUGGESTED], "teams": teams[:MOST_SUGGESTED], "query": query}
    return render(request, "desk/conversation/mentions.html", context)


def _mode(request: AgentRequest) -> DraftMode:
    return DraftMode.NOTE if request.POST.get("mode") == DraftMode.NOTE else DraftMode.REPLY
