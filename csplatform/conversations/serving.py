"""Files as HTTP answers: whole or in part, and never as anything that a browser would run."""

import re
from collections.abc import Iterator
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from csplatform.conversations.models import Attachment

# A file shown in place runs nothing: a sandbox of its own.
SANDBOX = "default-src 'none'; sandbox"
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_CHUNK = 64 * 1024


def answer(request: HttpRequest, found: Attachment, *, in_place: bool, content_type: str) -> HttpResponseBase:
    """Return the content, shown in place or as a download.

    Sound and films may be asked for in part (RFC 9110 14.2), without which some browsers do not play them.
    """
    part = _RANGE.fullmatch(request.headers.get("Range", "")) if found.is_playable else None
    response = _part(found, int(part[1]), part[2]) if part else _whole(found, in_place, content_type)
    if found.is_playable:
        response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    return response


def _whole(found: Attachment, in_place: bool, content_type: str) -> HttpResponseBase:
    content = found.file.open("rb")
    return FileResponse(content, as_attachment=not in_place, filename=found.name, content_type=content_type)


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
