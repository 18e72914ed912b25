"""Whether an agent is there for work: what they say themselves, and what holds."""

from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from csplatform.common.errors import InvalidInput
from csplatform.desk.access import AgentRequest, agent_required
from csplatform.people import presence
from csplatform.people.models import AbsenceReason, PresenceState


@require_safe
@agent_required
def show(request: AgentRequest) -> HttpResponseBase:
    """The choice, and what holds at this moment."""
    return render(request, "desk/presence/update.html")


@require_POST
@agent_required
def choose(request: AgentRequest) -> HttpResponseBase:
    """Be `state` from now on, or offline for a `reason`."""
    reason = _reason(request.POST.get("reason", ""))
    state = PresenceState.OFFLINE if reason else request.POST.get("state", "")
    presence.choose(request.user, state, reason)
    return render(request, "desk/presence/update.html") if request.htmx else redirect("desk:inbox")


def _reason(text: str) -> AbsenceReason | None:
    if not text:
        return None
    found = AbsenceReason.objects.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 19 else None
    if found is None:
        raise InvalidInput(_("Please choose one from the list."), field="reason")
    return found
