"""What each person sets for themselves."""

from django.conf import settings
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from csplatform.common.errors import InvalidInput
from csplatform.conversations.models import SendingHabit
from csplatform.desk.access import AgentRequest, agent_required


@require_POST
@agent_required
def language(request: AgentRequest) -> HttpResponseBase:
    """Show the desk in another language from now on; an empty one follows the browser."""
    chosen = request.POST.get("language", "")
    if chosen and chosen not in dict(settings.LANGUAGES):
        raise InvalidInput(_("There is no such language."), field="language")
    request.user.language = chosen
    request.user.save(update_fields=["language", "updated_at"])
    return _back(request)


@require_POST
@agent_required
def sending(request: AgentRequest) -> HttpResponseBase:
    """Give the agent other seconds to undo what they send: by mail, and in chats."""
    chosen = {name: request.POST.get(name, "") for name in ("mail_seconds", "chat_seconds")}
    offered = {str(seconds) for seconds in SendingHabit.Seconds.values}
    if not offered.issuperset(chosen.values()):
        raise InvalidInput(_("Please choose one from the list."), field="mail_seconds")
    seconds = {name: int(text) for name, text in chosen.items()}
    SendingHabit.objects.update_or_create(user=request.user, defaults=seconds)
    return _back(request)


def _back(request: AgentRequest) -> HttpResponseBase:
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe else "desk:inbox")
