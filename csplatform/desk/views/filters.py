"""Choosing what narrows a list."""

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from csplatform.desk.access import AgentRequest, agent_required
from csplatform.desk.listing import shelf_of
from csplatform.desk.narrowing import choices
from csplatform.desk.places import START, place_from
from csplatform.desk.saved import may_change


@require_safe
@agent_required
def panel(request: AgentRequest) -> HttpResponseBase:
    """Every filter of the place that the address names, to be chosen; what its view fixes is not asked."""
    place = place_from(request.GET.get("view", START), request.GET, shelf_of(request.user).views)
    saved = place.view.saved
    fixed = () if place.query else place.view.filters.plain()
    context = {
        "place": place,
        "choices": choices(request.user, place.filters, but=fixed),
        "may_change": saved is not None and may_change(request.user, saved),
    }
    return render(request, "desk/filters/panel.html" if request.htmx else "desk/filters/page.html", context)
