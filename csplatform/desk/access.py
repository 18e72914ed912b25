"""Who gets in, and how a refusal looks: a page for a page, a fragment for a fragment."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.middleware import HtmxDetails

from csplatform.common.errors import CsplatformError, NotAllowed, NotFound
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.conversations.selectors import visible_attachments, visible_conversations, visible_messages
from csplatform.people.models import User

P = ParamSpec("P")
Row = TypeVar("Row", bound=Model)
INVALID, FORBIDDEN, MISSING = 422, 403, 404


class AgentRequest(HttpRequest):
    """A request of somebody who is logged in."""

    user: User
    htmx: HtmxDetails


def agent_required(
    view: Callable[Concatenate[AgentRequest, P], HttpResponseBase],
) -> Callable[Concatenate[AgentRequest, P], HttpResponseBase]:
    """Let only people who work here into `view`, and turn an expected failure into something to read."""

    @wraps(view)
    def guarded(request: AgentRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return _to_login(request)
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            if request.htmx:
                return gone(request)
            raise Http404(str(error)) from error
        except CsplatformError as error:
            return refusal(request, error)

    return guarded


def _to_login(request: AgentRequest) -> HttpResponse:
    if not request.htmx:
        return redirect_to_login(request.get_full_path())
    answer = HttpResponse(status=401)
    back = request.htmx.current_url_abs_path or reverse("desk:home")
    answer["HX-Redirect"] = f"{reverse('account_login')}?{urlencode({'next': back})}"
    return answer


def gone(request: AgentRequest) -> HttpResponse:
    """Answer that replaces the open conversation with the news that it is no longer there for this agent."""
    answer = render(request, "desk/gone.html", status=MISSING)
    answer["HX-Retarget"] = "#conversation"
    answer["HX-Reswap"] = "innerHTML"
    answer["X-Gone"] = "true"
    return answer


def refusal(request: AgentRequest, error: CsplatformError) -> HttpResponse:
    """Answer that says why, and leaves the page and everything typed as it was."""
    status = FORBIDDEN if isinstance(error, NotAllowed) else INVALID
    if not request.htmx:
        messages.error(request, str(error))
        return redirect(_page_before(request))
    answer = render(request, "desk/refusal.html", {"text": str(error)}, status=status)
    answer["HX-Reswap"] = "none"
    return answer


def _page_before(request: AgentRequest) -> str:
    """Return the page of ours that the request came from; the inbox where it came from elsewhere."""
    before = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(before, {request.get_host()}, require_https=request.is_secure())
    return before if is_ours else reverse("desk:inbox")


def the_conversation(user: User, pk: int) -> Conversation:
    """Return a conversation with what its page shows. Raises NotFound where `user` may not see it."""
    rows = visible_conversations(user).select_related("contact__organisation", "account", "handle", "assignee", "team")
    return _one(rows.filter(pk=pk))


def the_message(user: User, pk: int) -> Message:
    """Return a message. Raises NotFound where `user` may not see it."""
    return _one(visible_messages(user).filter(pk=pk).select_related("handle").prefetch_related("attachments"))


def the_attachment(user: User, key: UUID) -> Attachment:
    """Return an attachment. Raises NotFound where `user` may not see it."""
    return _one(visible_attachments(user).filter(key=key))


def _one(rows: QuerySet[Row]) -> Row:
    found = rows.first()
    if found is None:
        raise NotFound("there is no such thing, or it is not for you")
    return found
