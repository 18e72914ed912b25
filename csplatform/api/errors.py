"""Every refusal in one form: `detail` for a person to read, `field` for the culprit, if there is one."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from csplatform.common.errors import Conflict, CsplatformError, NotAllowed, NotFound

_STATUSES: tuple[tuple[type[CsplatformError], int], ...] = ((NotAllowed, 403), (NotFound, 404), (Conflict, 409))


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer what a flow or the input's check refused; anything else is left to REST framework."""
    if isinstance(error, CsplatformError):
        status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 400)
        return Response({"detail": str(error), "field": getattr(error, "field", "")}, status=status)
    if isinstance(error, ValidationError):
        field, detail = _first(error.detail)
        return Response({"detail": detail, "field": field}, status=400)
    return exception_handler(error, context)


def _first(detail: Any, field: str = "") -> tuple[str, str]:
    """Return the first complaint and the path of the field it is about, such as `add.0`."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        known = "" if name == "non_field_errors" else str(name)
        return _first(inner, ".".join(part for part in (field, known) if part))
    if isinstance(detail, list):
        return _first(detail[0], field)
    return field, str(detail)
