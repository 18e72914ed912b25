"""A provider's call as Django's request, which is what django-anymail reads. Pure."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.core.handlers.wsgi import WSGIRequest

from csplatform.gateway.contract import RawDelivery

_UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def request_of(raw: RawDelivery, *, encoding: str = "") -> WSGIRequest:
    """Return `raw` as a request; `encoding` is how the text in its form is to be read, UTF-8 unless it says so."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": raw.method,
        "PATH_INFO": "/",
        "QUERY_STRING": urlencode(raw.query),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.input": BytesIO(raw.body),
        "wsgi.url_scheme": "https",
    }
    for name, value in raw.headers.items():
        environ[_UNPREFIXED.get(name, "HTTP_" + name.upper().replace("-", "_"))] = value
    environ["CONTENT_LENGTH"] = str(len(raw.body))
    request = WSGIRequest(environ)
    if encoding:
        request.encoding = encoding
    return request


def document(raw: RawDelivery) -> Any:
    """Return the JSON in the call's body, None where it is none."""
    if not is_json(raw):
        return None
    try:
        return json.loads(raw.body)
    except (ValueError, RecursionError):
        return None


def is_json(raw: RawDelivery) -> bool:
    """Tell JSON from a form. Amazon SNS calls its JSON plain text."""
    content_type = raw.headers.get("content-type", "").partition(";")[0].strip().lower()
    return content_type in {"application/json", "text/plain", ""}


def form_field(raw: RawDelivery, name: str) -> bytes | None:
    """Return the exact bytes of a form's field: a mail within may be in any charset, or in several."""
    if raw.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        pairs = dict(parse_qsl(raw.body.decode("latin-1"), keep_blank_values=True, encoding="latin-1"))
    else:
        pairs = request_of(raw, encoding="latin-1").POST.dict()
    return pairs[name].encode("latin-1") if name in pairs else None


def member(value: Any, *names: str) -> Any:
    """Return what lies in nested objects under `names`, None where there is no such thing."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
