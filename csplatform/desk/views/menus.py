"""What the menus of a conversation offer; each is asked for when it is opened."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Priority, Tag
from csplatform.desk.access import AgentRequest, agent_required, the_conversation
from csplatform.desk.choices import languages, later_presets, snooze_presets
from csplatform.desk.zones import zone_of
from csplatform.people.models import Team, User

MOST_OFFERED = 200
Offer = Callable[[Conversation, User], dict[str, Any]]


@require_GET
@agent_required
def menu(request: AgentRequest, pk: int, name: str) -> HttpResponseBase:
    """The inside of the menu called `name`."""
    if name not in MENUS:
        raise Http404(f"no menu is called {name!r}")
    conversation = the_conversation(request.user, pk)
    offered = MENUS[name](conversation, request.user)
    return render(request, f"desk/menus/{name}.html", {"conversation": conversation} | offered)


def _assign(conversation: Conversation, user: User) -> dict[str, Any]:
    people = User.objects.filter(is_active=True).exclude(pk=user.pk).select_related("presence__reason")
    return {"people": people[:MOST_OFFERED], "teams": Team.objects.all()[:MOST_OFFERED]}


def _snooze(conversation: Conversation, user: User) -> dict[str, Any]:
    now = timezone.localtime(clock.now())
    return {"presets": snooze_presets(now), "earliest": now.strftime("%Y-%m-%dT%H:%M")}


def _tags(conversation: Conversation, user: User) -> dict[str, Any]:
    return {"tags": Tag.objects.exclude(conversations=conversation)[:MOST_OFFERED]}


def _more(conversation: Conversation, user: User) -> dict[str, Any]:
    return {"languages": languages(conversation.language), "priorities": Priority.choices}


def _send(conversation: Conversation, user: User) -> dict[str, Any]:
    now = timezone.localtime(clock.now())
    zone = zone_of(conversation.contact.timezone)
    theirs = timezone.localtime(now, zone) if zone else None
    is_another = theirs is not None and theirs.utcoffset() != now.utcoffset()
    return {
        "later": [(preset, preset.until.astimezone(zone) if is_another else None) for preset in later_presets(now)],
        "snoozes": snooze_presets(now),
        "earliest": now.strftime("%Y-%m-%dT%H:%M"),
        "theirs": theirs if is_another else None,
    }


MENUS: dict[str, Offer] = {"assign": _assign, "snooze": _snooze, "tags": _tags, "more": _more, "send": _send}
