"""A customer's HTML in a document of its own: no script, no form, no address called without leave."""

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from csplatform.common.errors import NotFound
from csplatform.conversations.models import Message
from csplatform.desk.access import AgentRequest, agent_required, the_message
from csplatform.desk.mail_html import clean
from csplatform.desk.views.files import address

# `allow-same-origin` lets the page around it measure the document; without `allow-scripts` nothing in it can act.
SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:{remote}; base-uri 'none'; "
    f"form-action 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
)


@require_GET
@xframe_options_sameorigin
@agent_required
def mail_html(request: AgentRequest, pk: int) -> HttpResponseBase:
    """The cleaned HTML of a message; with `?images=1` remote pictures load too."""
    message = the_message(request.user, pk)
    if not message.html:
        raise NotFound("this message has no HTML")
    remote = request.GET.get("images") == "1"
    cleaned = clean(message.html, _inline(message), remote_images=remote)
    response = render(request, "desk/mail.html", {"cleaned": cleaned})
    response["Content-Security-Policy"] = _POLICY.format(remote=" https: http:" if remote else "")
    response["Referrer-Policy"] = "no-referrer"
    response["X-Blocked-Images"] = str(cleaned.blocked)
    response["Cache-Control"] = "private, no-store"
    return response


def _inline(message: Message) -> dict[str, str]:
    files = message.attachments.all()
    return {file.content_id: address(file) for file in files if file.content_id and file.file and file.is_image}
