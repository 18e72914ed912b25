"""The quarantine: its list, one delivery of it, and what can be done with them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from csplatform.common.errors import InvalidInput
from csplatform.desk import quarantine
from csplatform.desk.access import AgentRequest, agent_required
from csplatform.desk.listing import navigation, shelf_of
from csplatform.gateway import services
from csplatform.gateway.models import InboundDelivery
from csplatform.gateway.source import as_file


@require_safe
@agent_required
def listing(request: AgentRequest) -> HttpResponseBase:
    """The whole page, the list for a page that is open, or the rows that follow."""
    context = _list_context(request)
    if not request.htmx or request.htmx.history_restore_request:
        return render(request, "desk/inbox.html", context)
    if request.GET.get("after"):
        return render(request, "desk/quarantine/rows.html", context)
    return render(request, "desk/list/fragment.html", context)


@require_safe
@agent_required
def delivery(request: AgentRequest, pk: int) -> HttpResponseBase:
    """One delivery: why it is here, how it begins, what can be done."""
    shown = {"row": quarantine.the_delivery(request.user, pk), "place": quarantine.PLACE}
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "desk/quarantine/opened.html", shown)
    return render(request, "desk/inbox.html", _list_context(request) | shown)


@require_safe
@agent_required
def file(request: AgentRequest, pk: int) -> HttpResponseBase:
    """The exact bytes."""
    quarantine.the_delivery(request.user, pk)
    return as_file(InboundDelivery.objects.get(pk=pk), f"delivery-{pk}.bin")


@require_POST
@agent_required
def act(request: AgentRequest, action: str) -> HttpResponseBase:
    """Do `action` with the deliveries that were chosen, and answer with the list as it is now."""
    if action not in ACTIONS:
        raise Http404(f"no action is called {action!r}")
    found = quarantine.chosen(request.user, request.POST)
    if not found:
        raise InvalidInput(_("Please choose something first."), field="ids")
    text = ACTIONS[action](found)
    if not request.htmx:
        messages.success(request, text)
        return redirect("desk:quarantine")
    is_open = request.POST.get("open", "") in {str(each.pk) for each in found}
    response = render(request, "desk/quarantine/done.html", _list_context(request) | {"text": text, "close": is_open})
    if is_open:
        response["HX-Push-Url"] = reverse("desk:quarantine")
    return response


def _replay(found: Iterable[InboundDelivery]) -> str:
    count = services.replay(found)
    text = ngettext("%(count)d delivery is tried again.", "%(count)d deliveries are tried again.", count)
    return text % {"count": count}


def _discard(found: Iterable[InboundDelivery]) -> str:
    count = services.discard(found)
    text = ngettext("%(count)d delivery was discarded.", "%(count)d deliveries were discarded.", count)
    return text % {"count": count}


ACTIONS: dict[str, Callable[[Iterable[InboundDelivery]], str]] = {"replay": _replay, "discard": _discard}


def _list_context(request: AgentRequest) -> dict[str, Any]:
    return {
        "place": quarantine.PLACE,
        "page": quarantine.read_page(request.user, request.GET),
        "navigation": navigation(shelf_of(request.user)),
        "list_template": "desk/quarantine/pane.html",
    }
