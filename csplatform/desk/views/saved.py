"""Saved views: making, changing, arranging, deleting and bringing back."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csplatform.desk import saved
from csplatform.desk.access import AgentRequest, agent_required
from csplatform.desk.filters import Filters
from csplatform.desk.listing import navigation, shelf_of
from csplatform.desk.models import SavedView
from csplatform.desk.narrowing import choices
from csplatform.desk.orders import ORDERS
from csplatform.desk.places import START, Place, place_from, saved_view, teams_of
from csplatform.desk.views.inbox import place_context


@require_safe
@agent_required
def listing(request: AgentRequest) -> HttpResponseBase:
    """All saved views, to be arranged, changed and deleted."""
    return _page(request, "manage", _managed(request))


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def new(request: AgentRequest) -> HttpResponseBase:
    """Save the place that the address names under a name."""
    if request.method == "POST":
        return _opened(request, saved.save(request.user, _wanted(request)))
    place = place_from(request.GET.get("view", START), request.GET, shelf_of(request.user).views)
    filters = place.filters if place.query else place.filters.within(place.view.filters)
    return _page(request, "edit", _edited(request, filters, place.order.slug, place))


@require_http_methods(["GET", "HEAD", "POST"])
@agent_required
def edit(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Change a saved view."""
    view = saved.the_saved_view(request.user, pk)
    if request.method == "POST":
        return _opened(request, saved.save(request.user, _wanted(request), view))
    context = _edited(request, Filters.kept(view.filters), view.order, _place_of(view))
    return _page(request, "edit", context | {"saved": view})


@require_POST
@agent_required
def delete(request: AgentRequest, pk: int) -> HttpResponseBase:
    """Delete a saved view; the answer offers to bring it back."""
    view = saved.the_saved_view(request.user, pk)
    name, token = view.name, saved.delete(view)
    if not request.htmx:
        return redirect("desk:saved")
    return render(request, "desk/saved/managed.html", _managed(request) | {"deleted": name, "token": token})


@require_POST
@agent_required
def restore(request: AgentRequest) -> HttpResponseBase:
    """Bring back what was deleted a moment ago."""
    saved.restore(request.user, request.POST.get("token", ""))
    return _rearranged(request)


@require_POST
@agent_required
def arrange(request: AgentRequest) -> HttpResponseBase:
    """Put saved views into an order."""
    numbers = [int(text) for text in request.POST.getlist("ids")[:500] if text.isdecimal() and len(text) < 19]
    moved = request.GET.get("move", "")[:18]
    if moved.isdecimal() and int(moved) in numbers:
        at = numbers.index(int(moved))
        numbers.insert(max(0, at + (-1 if request.GET.get("by") == "up" else 1)), numbers.pop(at))
    saved.arrange(request.user, numbers)
    return _rearranged(request)


def _rearranged(request: AgentRequest) -> HttpResponseBase:
    if not request.htmx:
        return redirect("desk:saved")
    return render(request, "desk/saved/managed.html", _managed(request))


def _wanted(request: AgentRequest) -> saved.Wanted:
    data = request.POST
    team = data.get("for-team", "")
    return saved.Wanted(
        name=data.get("name", "").replace("\x00", ""),
        icon=data.get("icon", ""),
        audience=data.get("audience", ""),
        team=int(team) if team.isdecimal() and len(team) < 19 else None,
        filters=Filters.read(data),
        order=data.get("sort", ""),
    )


def _opened(request: AgentRequest, view: SavedView) -> HttpResponse:
    place = _place_of(view)
    if not request.htmx:
        return redirect(place.url)
    answer = render(request, "desk/list/fragment.html", place_context(request, place))
    answer["HX-Retarget"], answer["HX-Reswap"], answer["HX-Push-Url"] = "#list", "innerHTML", place.url
    return answer


def _place_of(view: SavedView) -> Place:
    shown = saved_view(view)
    return Place(shown, shown.order)


def _edited(request: AgentRequest, filters: Filters, order: str, place: Place) -> dict[str, Any]:
    return {
        "place": replace(place, query=""),
        "choices": choices(request.user, filters),
        "orders": ORDERS.values(),
        "order": order,
        "icons": saved.ICONS.items(),
        "audiences": saved.audiences(request.user),
        "teams": teams_of(request.user),
    }


def _managed(request: AgentRequest) -> dict[str, Any]:
    shelf = shelf_of(request.user)
    views = [(view.saved, saved.may_change(request.user, view.saved)) for view in shelf.saved if view.saved]
    place = place_from(START, request.GET, shelf.views)
    return {"saved_views": views, "place": place, "navigation": navigation(shelf)}


def _page(request: AgentRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    template = f"desk/saved/{name}.html" if request.htmx else f"desk/saved/{name}_page.html"
    return render(request, template, context)
