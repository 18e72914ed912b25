"""The list of conversations, alone or with one of them open."""

from dataclasses import replace
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from csplatform.desk.access import AgentRequest, agent_required
from csplatform.desk.listing import MOST_ROWS, Shelf, navigation, read_page, read_rows, shelf_of
from csplatform.desk.narrowing import chips
from csplatform.desk.orders import ORDERS
from csplatform.desk.places import START, Place, place_from
from csplatform.search.query import read
from csplatform.search.snippets import explain


@agent_required
def home(request: AgentRequest) -> HttpResponseBase:
    """The front door leads to the inbox."""
    return redirect("desk:inbox")


@agent_required
def inbox(request: AgentRequest, view: str = START) -> HttpResponseBase:
    """A view of the inbox: the whole page, the list for a page that is open, the rows that follow, or certain rows."""
    if request.htmx and "ids" in request.GET:
        return _changed(request, view)
    context = list_context(request, view)
    if not request.htmx or request.htmx.history_restore_request:
        return render(request, "desk/inbox.html", context)
    if request.GET.get("after"):
        return render(request, "desk/list/more.html", context)
    answer = render(request, "desk/list/fragment.html", context)
    if "filtering" in request.GET:  # a form's address names what was left empty, too
        answer["HX-Push-Url"] = context["place"].url
    return answer


def _changed(request: AgentRequest, view: str) -> HttpResponseBase:
    """Answer with some rows of a list that is open; with the counts beside the views where they are asked for."""
    shelf = shelf_of(request.user)
    place = replace(place_from(view, request.GET, shelf.views), query="")
    numbers = [int(text) for text in request.GET["ids"].split(".")[:MOST_ROWS] if text.isdecimal() and len(text) < 19]
    context = {
        "place": place,
        "page": read_rows(shelf, place, numbers),
        "navigation": navigation(shelf) if "counts" in request.GET else None,
        "open_id": _current(request),
    }
    return render(request, "desk/list/changed.html", context)


def _current(request: AgentRequest) -> int | None:
    current = request.GET.get("current", "")
    return int(current) if current.isdecimal() and len(current) < 19 else None


def list_context(request: AgentRequest, view: str, *, open_id: int | None = None) -> dict[str, Any]:
    """Return what the list and the navigation show, for the place that the address names."""
    shelf = shelf_of(request.user)
    place = place_from(view, request.GET, shelf.views)
    return place_context(request, place, shelf) | {"open_id": open_id or _current(request)}


def place_context(request: AgentRequest, place: Place, shelf: Shelf | None = None) -> dict[str, Any]:
    """Return what the list and the navigation show for a place."""
    shelf = shelf or shelf_of(request.user)
    page = read_page(shelf, place, request.GET)
    return {
        "place": place,
        "page": page,
        "snippets": explain([row.pk for row in page.rows], read(place.query)),
        "navigation": navigation(shelf),
        "chips": chips(place.filters),
        "orders": ORDERS.values(),
    }
