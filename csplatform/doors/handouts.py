"""Where platforms fetch the files they are to show, and customers those that their platform cannot carry."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from csplatform.common.errors import NotFound
from csplatform.conversations import serving
from csplatform.flows import handouts


@require_safe
def handout(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Send the file that the address was signed for, by its own type; only pictures, sound and films in place.

    404 not an address of ours, or the file is gone. 410 the address has expired. Nobody is asked who they are.
    """
    try:
        found = handouts.handed_out(token)
    except NotFound:
        return _plain(_("There is no such file."), 404)
    except handouts.Expired:
        return _plain(_("This link has expired. Please ask for the file again."), 410)
    in_place = found.is_image or found.is_playable
    response = serving.answer(request, found, in_place=in_place, content_type=found.content_type)
    _keep_private(response)
    return response


def _plain(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    _keep_private(response)
    return response


def _keep_private(response: HttpResponseBase) -> None:
    """Keep the address out of caches, search engines and the Referer of other sites."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
