"""Deliveries as they came: their beginning for people to read, all of their bytes as a file."""

from typing import Any

from django.db.models import Func, IntegerField, QuerySet
from django.db.models.functions import Substr
from django.http import HttpResponse

from csplatform.gateway.models import InboundDelivery


def with_start(deliveries: QuerySet[InboundDelivery], most: int) -> QuerySet[Any]:
    """Leave the bodies where they are, some being as large as mail can be.

    Each row has `body_start`, its first `most` bytes, and `body_size` in bytes.
    """
    return deliveries.defer("body").annotate(
        body_start=Substr("body", 1, most),
        body_size=Func("body", function="OCTET_LENGTH", output_field=IntegerField()),
    )


def readable(start: bytes | memoryview) -> str:
    """Decode for reading; what is no text shows as replacement characters, and so does what would not be seen."""
    text = bytes(start).decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(char if char.isprintable() or char in "\n\t" else "�" for char in text)


def as_file(delivery: InboundDelivery, name: str) -> HttpResponse:
    """Hand out the exact bytes as a file called `name` (ASCII), which no browser opens in place."""
    response = HttpResponse(bytes(delivery.body), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
