"""Files of conversations, for those who may see the conversation."""

from uuid import UUID

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from csplatform.common.errors import NotFound
from csplatform.conversations.models import Attachment
from csplatform.desk.access import AgentRequest, agent_required, the_attachment


@require_safe
@agent_required
def attachment(request: AgentRequest, key: UUID) -> HttpResponseBase:
    """The content of a file: raster images in place, everything else as a download."""
    found = the_attachment(request.user, key)
    if not found.file:
        raise NotFound("this file has not arrived")
    response = FileResponse(
        found.file.open("rb"),
        as_attachment=not found.is_image,
        filename=found.name,
        content_type=found.content_type if found.is_image else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def address(found: Attachment) -> str:
    """Return where `attachment` serves this file."""
    return reverse("desk:attachment", args=[found.key])
