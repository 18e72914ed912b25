"""Whether this process can do its work."""

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 where the database answers, 503 where it does not. Valkey may be away: work is only slower then."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError):
        return JsonResponse({"status": "database away"}, status=503)
    return JsonResponse({"status": "ok"})
