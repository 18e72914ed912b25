"""Doing one thing with many conversations of a list, and taking it back."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core import signing
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.models import Priority, Tag
from csplatform.desk.access import AgentRequest, agent_required
from csplatform.desk.choices import snooze_presets
from csplatform.desk.views.actions import ACTIONS
from csplatform.desk.views.menus import MOST_OFFERED
from csplatform.flows.bulk import MOST, Change, Done, for_all, take_back
from csplatform.people.models import Team, User

BULK = frozenset({"assign", "hand-over", "priority", "tag", "snooze", "pending", "resolve", "reopen", "spam"})
_SALT = "desk.bulk"
# Seconds; the offer is shown for ten, and a slow line may take as long again.
_TAKEN_BACK_WITHIN = 30


@require_POST
@agent_required
def act(request: AgentRequest, action: str) -> HttpResponseBase:
    """Do `action` with the conversations that were chosen; the answer offers to take it back."""
    if action not in BULK:
        raise Http404(f"no action on many is called {action!r}")
    numbers = [int(text) for text in request.POST.getlist("ids")[:MOST] if text.isdecimal() and len(text) < 19]
    done = for_all(numbers, lambda pk: ACTIONS[action](pk, request.POST, request.user), by=request.user)
    if not done.changes:
        raise InvalidInput(next(iter(done.refused), _("There was nothing to change.")))
    return _answer(request, done.changes, _said(done), _token(request.user, done))


@require_POST
@agent_required
def undo(request: AgentRequest) -> HttpResponseBase:
    """Take back what was done a moment ago."""
    try:
        kept = signing.loads(request.POST.get("token", ""), salt=_SALT, max_age=_TAKEN_BACK_WITHIN)
    except signing.BadSignature as error:
        raise InvalidInput(_("It is too late to undo that.")) from error
    changes = [Change(*change) for change in kept["changes"]]
    if kept["by"] != request.user.pk:
        raise InvalidInput(_("It is too late to undo that."))
    number = take_back(changes, by=request.user)
    said = ngettext("%(number)d is as it was.", "%(number)d are as they were.", number) % {"number": number}
    if number < len(changes):
        left = len(changes) - number
        said += " " + ngettext(
            "%(number)d was changed again meanwhile and is left alone.",
            "%(number)d were changed again meanwhile and are left alone.",
            left,
        ) % {"number": left}
    return _answer(request, changes, said)


@require_safe
@agent_required
def menu(request: AgentRequest, name: str) -> HttpResponseBase:
    """The inside of one of the menus above a list."""
    if name not in MENUS:
        raise Http404(f"no menu is called {name!r}")
    return render(request, f"desk/bulk/{name}.html", MENUS[name](request.user))


def _said(done: Done) -> str:
    number, left = len(done.changes), sum(done.refused.values())
    said = ngettext("%(number)d conversation changed.", "%(number)d conversations changed.", number) % {
        "number": number
    }
    if left:
        why = {"number": left, "reason": next(iter(done.refused))}
        said += " " + ngettext("%(number)d left out: %(reason)s", "%(number)d left out: %(reason)s", left) % why
    return said


def _token(user: User, done: Done) -> str:
    changes = [[change.conversation_id, change.before, change.after] for change in done.changes]
    return signing.dumps({"by": user.pk, "changes": changes}, salt=_SALT, compress=True)


def _answer(request: AgentRequest, changes: Sequence[Change], text: str, token: str = "") -> HttpResponseBase:
    if not request.htmx:
        return redirect("desk:inbox")
    answer = render(request, "desk/bulk/done.html", {"text": text, "token": token})
    answer["X-Changed"] = " ".join(str(change.conversation_id) for change in changes)
    return answer


def _assign(user: User) -> dict[str, Any]:
    people = User.objects.filter(is_active=True).exclude(pk=user.pk)
    return {"people": people[:MOST_OFFERED], "teams": Team.objects.all()[:MOST_OFFERED]}


def _snooze(_user: User) -> dict[str, Any]:
    now = timezone.localtime(clock.now())
    return {"presets": snooze_presets(now), "earliest": now.strftime("%Y-%m-%dT%H:%M")}


MENUS: dict[str, Callable[[User], dict[str, Any]]] = {
    "assign": _assign,
    "snooze": _snooze,
    "tags": lambda _user: {"tags": Tag.objects.all()[:MOST_OFFERED]},
    "more": lambda _user: {"priorities": Priority.choices},
}
