"""Files of conversations, for those who may see the conversation."""

import re
from collections.abc import Iterator
from typing import IO
from uuid import UUID

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from csplatform.common.errors import NotFound
from csplatform.conversations.models import Attachment
from csplatform.desk.access import AgentRequest, agent_required, the_attachment

# A file shown in place runs nothing: a sandbox of its own, or for a PDF, whose viewer none admits, nothing to load.
_SANDBOX = "default-src 'none'; sandbox"
_VIEWER = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; plugin-types application/pdf"
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_CHUNK = 64 * 1024


@require_safe
@agent_required
def attachment(request: AgentRequest, key: UUID) -> HttpResponseBase:
    """The content of a file: pictures, sound, films and PDFs in place, everything else as a download.

    Sound and films may be asked for in part (RFC 9110 14.2), without which some browsers do not play them.
    """
    found = the_attachment(request.user, key)
    if not found.file:
        raise NotFound("this file has not arrived")
    part = _RANGE.fullmatch(request.headers.get("Range", "")) if found.is_playable else None
    response = _part(found, int(part[1]), part[2]) if part else _whole(found)
    if found.is_playable:
        response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _VIEWER if found.is_pdf else _SANDBOX
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _whole(found: Attachment) -> HttpResponseBase:
    in_place = found.is_image or found.is_playable or found.is_pdf
    return FileResponse(
        found.file.open("rb"),
        as_attachment=not in_place,
        filename=found.name,
        content_type=found.content_type if in_place else "application/octet-stream",
    )


def _part(found: Attachment, first: int, last: str) -> HttpResponseBase:
    size = found.file.size
    end = min(int(last), size - 1) if last else size - 1
    if first > end:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    content: IO[bytes] = found.file.open("rb").file
    content.seek(first)
    left = end - first + 1
    response = StreamingHttpResponse(_chunks(content, left), status=206, content_type=found.content_type)
    response["Content-Range"] = f"bytes {first}-{end}/{size}"
    response["Content-Length"] = str(left)
    return response


def _chunks(content: IO[bytes], left: int) -> Iterator[bytes]:
    with content:
        while left > 0 and (chunk := content.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk


def address(found: Attachment) -> str:
    """Return where `attachment` serves this file."""
    return reverse("desk:attachment", args=[found.key])
