"""One conversation: its page, what changed in it, what came before."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from csplatform.common.errors import InvalidInput
from csplatform.conversations.models import Conversation, EventVerb, MessageKind
from csplatform.desk import contacts, timeline
from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.desk.allowances import allowances
from csplatform.desk.drafting import cards as planned_cards
from csplatform.desk.drafting import composing
from csplatform.desk.history import contact_name
from csplatform.desk.listing import shelf_of
from csplatform.desk.neighbours import neighbours
from csplatform.desk.places import FIXED, START, Place, place_from
from csplatform.desk.relations import standing
from csplatform.desk.views.inbox import list_context
from csplatform.desk.writing import answered, answering, as_drafted, writing
from csplatform.flows.outgoing import account_of
from csplatform.flows.routes import usual_handle, ways_of
from csplatform.flows.window import is_limited
from csplatform.gateway.selectors import abilities_of
from csplatform.notifications.selectors import interest_of

NOTHING_NEW = 204
# Lines of history after which other lines stand elsewhere.
REARRANGED = frozenset({EventVerb.MERGED.value, EventVerb.UNMERGED.value})


@agent_required
def conversation(request: AgentRequest, pk: int) -> HttpResponseBase:
    """A conversation between its list and its contact; only itself and the contact for a page that is open."""
    found = the_conversation(request.user, pk)
    kept = standing(request.user, found).into if found.merged_into_id else None
    if kept is not None:
        return redirect("desk:conversation", kept.pk)
    view = request.GET.get("view", START)
    if request.htmx and not request.htmx.history_restore_request:
        views = FIXED.values() if view in FIXED else shelf_of(request.user).views
        place = place_from(view, request.GET, views)
        return opened(request, found, place)
    context = list_context(request, view, open_id=pk)
    return render(request, "desk/inbox.html", context | conversation_context(request, found))


def opened(request: AgentRequest, conversation: Conversation, place: Place | None = None) -> HttpResponse:
    """Return a conversation with its contact, for a page that shows another one."""
    context = conversation_context(request, conversation)
    return render(request, "desk/conversation/opened.html", {"place": place or Place(FIXED[START])} | context)


@agent_required
def since(request: AgentRequest, pk: int, revision: int) -> HttpResponseBase:
    """What changed in a conversation after `revision`; 204 where nothing did."""
    return changed(request, pk, revision)


@agent_required
def earlier(request: AgentRequest, pk: int, before: int) -> HttpResponseBase:
    """The lines before number `before`."""
    found = the_conversation(request.user, pk)
    shown = timeline.latest(request.user, found, before)
    return render(request, "desk/timeline/earlier.html", {"conversation": found, "timeline": shown})


def changed(request: AgentRequest, pk: int, revision: int, *, frame: bool = False) -> HttpResponse:
    """Return what a screen that shows `revision` lacks; `frame` brings header and contact even if nothing is new.

    Raises NotFound where the agent may no longer see the conversation.
    """
    found = the_conversation(request.user, pk)
    if found.revision == revision and not frame:
        return stamped(HttpResponse(status=NOTHING_NEW), found)
    lines = timeline.changes(request.user, found, revision)
    if any(line.message.verb in REARRANGED for line in lines):
        return _rearranged(request, found)
    context = {"conversation": found, "lines": lines, "is_update": True}
    if not frame and _are_all_words(found, lines, revision):
        context |= {"hint": timeline.hint(found, found.handle), "planned": planned_cards(request.user, found)}
        if is_limited(found.account):
            context["allowances"] = allowances(ways_of(found, request.user, found.handle))
        return stamped(render(request, "desk/conversation/said.html", context | {"way": found.handle}), found)
    return stamped(render(request, "desk/conversation/since.html", context | frame_context(request, found)), found)


def _are_all_words(conversation: Conversation, lines: Sequence[timeline.Line], revision: int) -> bool:
    """Whether the customer's words of a chat are all that happened: every step since `revision` is one of them.

    Whatever else header and contact show takes a step of its own. Somebody waits for these: they are not to cost
    what a whole frame does.
    """
    if abilities_of(conversation.account).copies or len(lines) != conversation.revision - revision:
        return False
    messages = [line.message for line in lines]
    return messages[-1].seq == conversation.last_customer_seq and all(
        message.kind == MessageKind.CUSTOMER and not message.is_machine and message.handle_id == conversation.handle_id
        for message in messages
    )


def _rearranged(request: AgentRequest, conversation: Conversation) -> HttpResponse:
    """Return the whole pane anew, as its messages have other places now: of where they went, if that is elsewhere."""
    shown = standing(request.user, conversation).into or conversation
    context = conversation_context(request, the_conversation(request.user, shown.pk))
    response = stamped(render(request, "desk/conversation/rearranged.html", context), conversation)
    if shown.pk != conversation.pk:
        response["HX-Replace-Url"] = reverse("desk:conversation", args=[shown.pk])
    return response


def stamped(response: HttpResponse, conversation: Conversation) -> HttpResponse:
    """Write on an answer which state of which conversation it is, so that a late one cannot undo a newer."""
    response["X-Conversation"] = str(conversation.pk)
    response["X-Revision"] = str(conversation.revision)
    return response


def conversation_context(request: AgentRequest, conversation: Conversation) -> dict[str, Any]:
    """Return what the conversation pane and the contact pane show; `?answer=` names a message to be answered."""
    context = frame_context(request, conversation)
    one = request.GET.get("answer", "")
    wanted = context["answered"]
    if wanted and one.isdecimal() and len(one) < 19:
        message = conversation.messages.filter(pk=int(one), kind=MessageKind.CUSTOMER).select_related("handle").first()
        wanted = answering(message) if message else wanted
    context["writing"] = writing(request.user, conversation, wanted)
    context |= composing(request.user, conversation, account_of(conversation, context["way"]))
    context["writing"] = as_drafted(context["writing"], context["drafts"].get("reply", {}).get("letter", {}))
    return context | {"timeline": timeline.latest(request.user, conversation)}


def frame_context(request: AgentRequest, conversation: Conversation) -> dict[str, Any]:
    """Return what stands around the timeline: header, hint and contact."""
    way = usual_handle(conversation)
    ways = ways_of(conversation, request.user, way)
    return {
        "conversation": conversation,
        "title": contact_name(conversation),
        "way": way,
        "hint": timeline.hint(conversation, way),
        "answered": answered(conversation, way),
        "ways": ways,
        "allowances": allowances(ways),
        "planned": planned_cards(request.user, conversation),
        "neighbours": neighbours(request.user, conversation),
        "standing": standing(request.user, conversation),
        "card": contacts.card(request.user, conversation),
        "interest": interest_of(request.user, conversation),
    }


def shown_revision(request: AgentRequest) -> int:
    """Return the revision that the page says it shows. Raises InvalidInput for nonsense."""
    text = request.POST.get("revision", "0")
    if not text.isdecimal() or len(text) > 9:
        raise InvalidInput(_("This page is out of date; please reload it."), field="revision")
    return int(text)
