"""Files of a visitor's own conversation."""

from uuid import UUID

from django.core import signing
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from channels_webchat import wire
from channels_webchat.widget import widget_account
from csplatform.contacts.models import Handle
from csplatform.flows.transcript import own_attachment


@require_safe
def download(request: HttpRequest, key: str, file: UUID) -> HttpResponseBase:
    """Send a file to the visitor whose link it is, as long as they may still see its message.

    Only pictures are shown in place; everything else is saved, and nothing is ever run.
    """
    account = widget_account(key)
    if account is None:
        raise Http404
    try:
        visitor_id = wire.visitor_of_link(file, request.GET.get("s", ""))
    except signing.BadSignature as error:
        raise Http404 from error
    handle = Handle.objects.filter(account=account, external_id=visitor_id).first()
    attachment = own_attachment(handle, file) if handle else None
    if attachment is None:
        raise Http404
    response = FileResponse(
        attachment.file.open("rb"),
        as_attachment=not attachment.is_image,
        filename=attachment.name,
        content_type=attachment.content_type,
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = f"private, max-age={wire.LINK_LIFETIME}, immutable"
    return response
