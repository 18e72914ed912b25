"""What an agent was notified of, what they follow, and how they want to hear of it."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.desk.notices import Notice, notice_of, notices, with_all
from csplatform.desk.views.conversation import changed, shown_revision
from csplatform.notifications import services
from csplatform.notifications.models import Kind, Way
from csplatform.notifications.selectors import unseen, ways_of
from csplatform.people import presence
from csplatform.people.models import Presence

NOTHING = 204
# A browser shows what has just happened, and not what a screen that slept has missed.
_JUST_NOW = timedelta(minutes=1)
IDLE_CHOICES = (0, 5, 10, 15, 30, 60)


@require_safe
@agent_required
def panel(request: AgentRequest) -> HttpResponseBase:
    """The newest notifications: inside the bell's panel, or as a page."""
    template = "panel" if request.htmx else "page"
    return render(request, f"desk/notifications/{template}.html", {"notices": notices(request.user)})


@require_POST
@agent_required
def seen(request: AgentRequest) -> HttpResponseBase:
    """Mark as seen: one (`id`), those of one `conversation`, or all."""
    services.seen(request.user, **_which(request))
    if not request.htmx:
        return redirect("desk:notifications") if "page" in request.POST else HttpResponse(status=NOTHING)
    return render(request, "desk/notifications/panel.html", {"notices": notices(request.user)})


def _which(request: AgentRequest) -> dict[str, object]:
    for name, field in (("id", "pk"), ("conversation", "conversation")):
        text = request.POST.get(name, "")
        if text:
            if not text.isdecimal() or len(text) > 18:
                raise InvalidInput(_("This page is out of date; please reload it."), field=name)
            return {field: int(text)}
    return {}


@require_safe
@agent_required
def latest(request: AgentRequest) -> HttpResponseBase:
    """What has just come and is to be shown by the browser too, as JSON; with texts only where `preview` asks."""
    ways = ways_of(request.user)
    shown = [kind for kind, way in ways.items() if way == Way.BROWSER]
    rows = unseen(request.user).filter(kind__in=shown, created_at__gt=clock.now() - _JUST_NOW)
    found = [notice_of(row) for row in with_all(rows)[:5]]
    preview = request.GET.get("preview") == "1"
    return JsonResponse({"items": [_as_json(notice, preview=preview) for notice in found]})


def _as_json(notice: Notice, *, preview: bool) -> dict[str, Any]:
    row = notice.row
    number = _("Conversation #%(number)d") % {"number": row.conversation_id}
    return {
        "tag": f"{row.conversation_id}-{row.kind}",
        "conversation": row.conversation_id,
        "at": row.created_at.isoformat(),
        "title": notice.sentence,
        "body": (notice.text or notice.name) if preview else number,
        "url": reverse("desk:conversation", args=[row.conversation_id]),
    }


@require_POST
@agent_required
def follow(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Follow a conversation (`on`), or no longer; it concerns nobody else, so it is no change of the conversation."""
    revision = shown_revision(request)
    conversation = the_conversation(request.user, pk)
    change = services.follow if request.POST.get("on") == "1" else services.unfollow
    change(conversation, request.user)
    return changed(request, pk, revision, frame=True) if request.htmx else redirect("desk:conversation", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def settings(request: AgentRequest) -> HttpResponseBase:
    """How to hear of what; and after how long without a move one counts as away."""
    if request.method == "POST":
        services.prefer(request.user, _ways_in(request))
        presence.set_idle_minutes(request.user, _minutes(request.POST.get("idle", "")))
        messages.success(request, _("Saved."))
        return redirect("desk:notification-settings")
    here = Presence.objects.filter(user=request.user).first() or Presence()
    context = {
        "kinds": [(Kind(kind), way) for kind, way in ways_of(request.user).items()],
        "ways": Way.choices,
        "idle": here.idle_minutes,
        "idle_choices": sorted({*IDLE_CHOICES, here.idle_minutes}),
    }
    return render(request, "desk/notifications/settings.html", context)


def _ways_in(request: AgentRequest) -> dict[Kind, Way]:
    try:
        return {kind: Way(request.POST[kind.value]) for kind in Kind if kind.value in request.POST}
    except ValueError as error:
        raise InvalidInput(_("Please choose one from the list.")) from error


def _minutes(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise InvalidInput(_("Please choose one from the list."), field="idle")
    return int(text)
