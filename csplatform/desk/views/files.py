"""Files of conversations, for those who may see the conversation."""

from uuid import UUID

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from csplatform.common.errors import NotFound
from csplatform.conversations import serving
from csplatform.conversations.models import Attachment
from csplatform.desk.access import AgentRequest, agent_required, the_attachment

# No sandbox admits the viewer for PDF, which is given nothing to load instead.
_VIEWER = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; plugin-types application/pdf"


@require_safe
@agent_required
def attachment(request: AgentRequest, key: UUID) -> HttpResponseBase:
    """The content of a file: pictures, sound, films and PDFs in place, everything else as a download."""
    found = the_attachment(request.user, key)
    if not found.file:
        raise NotFound("this file has not arrived")
    in_place = found.is_image or found.is_playable or found.is_pdf
    content_type = found.content_type if in_place else "application/octet-stream"
    response = serving.answer(request, found, in_place=in_place, content_type=content_type)
    if found.is_pdf:
        response["Content-Security-Policy"] = _VIEWER
    response["Cache-Control"] = "private, max-age=3600"
    return response


def address(found: Attachment) -> str:
    """Return where `attachment` serves this file."""
    return reverse("desk:attachment", args=[found.key])
