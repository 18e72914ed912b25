"""What a web process that outlives one test has to forget between them."""

from collections.abc import Callable

from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_only_middleware


@sync_only_middleware
def forget_content_types(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Look content types up anew for each request: emptying the database between two tests gives them new numbers."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        ContentType.objects.clear_cache()
        return get_response(request)

    return answer
