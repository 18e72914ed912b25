"""Texts in another language, by the service that is installed."""

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from csplatform.common import translation
from csplatform.common.errors import NotFound
from csplatform.desk.access import AgentRequest, agent_required, the_conversation, the_message
from csplatform.desk.sending import typed_text


@require_GET
@agent_required
def message(request: AgentRequest, pk: int) -> HttpResponseBase:
    """A message in the reader's language."""
    found = the_message(request.user, pk)
    to = get_language() or "en"
    text = _translator().translate(found.text, to=to, source=found.language)
    return render(request, "desk/timeline/translation.html", {"text": text, "to": to})


@require_POST
@agent_required
def text(request: AgentRequest, pk: int) -> HttpResponseBase:
    """What was typed, in the customer's language."""
    conversation = the_conversation(request.user, pk)
    to = conversation.language or "en"
    return JsonResponse({"text": _translator().translate(typed_text(request.POST), to=to)})


def _translator() -> translation.Translator:
    installed = translation.installed()
    if installed is None:
        raise NotFound("nothing translates here")
    return installed
