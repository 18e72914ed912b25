"""The help centre inside the chat. Everybody reads the same, so it may be kept by whatever stands in between."""

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from channels_webchat import limits, tokens, wire
from channels_webchat.errors import Refused
from channels_webchat.strings import widget_language
from channels_webchat.views.answering import body_object, for_visitors, token_of
from channels_webchat.widget import widget_account, widget_of
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.articles import (
    LONGEST_QUERY,
    ArticleText,
    count_verdict,
    find_articles,
    first_articles,
    read_article,
)

MOST_ARTICLES = 6
# Seconds.
KEEP_SEARCH, KEEP_ARTICLE = 60, 300
ONE_VERDICT_IN = 24 * 3600


@require_safe
def search(request: HttpRequest, key: str) -> HttpResponse:
    """Articles that fit `q`, best first, or the first ones of the help centre; in the language `lang`."""
    account = _account(key)
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    language = _language(request, account)
    if query:
        try:
            limits.count(limits.SEARCHES, account.pk, request.META.get("REMOTE_ADDR", ""))
        except Refused as error:
            return JsonResponse(wire.refused_frame(error.reason), status=429)
    found = find_articles(query, language, MOST_ARTICLES) if query else first_articles(language, MOST_ARTICLES)
    return _kept({"articles": [_shown(text) for text in found]}, KEEP_SEARCH)


@require_safe
def article(request: HttpRequest, key: str, slug: str) -> HttpResponse:
    """One article in the language `lang`, or the nearest it exists in; its text is safe HTML."""
    found = read_article(slug, _language(request, _account(key)))
    if found is None:
        raise Http404
    text, html = found
    return _kept({**_shown(text), "html": html}, KEEP_ARTICLE)


@csrf_exempt
@require_POST
@for_visitors
def verdict(request: HttpRequest, account: ChannelAccount, slug: str) -> HttpResponse:
    """Count whether an article helped (`{"helped": true}`): one word of a visitor, once a day."""
    visitor = tokens.read(account.pk, token_of(request))
    limits.count(limits.VERDICTS, account.pk, request.META.get("REMOTE_ADDR", ""))
    helped = body_object(request).get("helped") is True
    if cache.add(f"webchat.verdict.{limits.digest(account.pk, visitor.id)}.{slug}", 1, ONE_VERDICT_IN):
        count_verdict(slug, helped=helped)
    return HttpResponse(status=204)


def _account(key: str) -> ChannelAccount:
    account = widget_account(key)
    if account is None or not widget_of(account).has_help:
        raise Http404
    return account


def _language(request: HttpRequest, account: ChannelAccount) -> str:
    accepted = [tag for tag, _weight in parse_accept_lang_header(request.headers.get("accept-language", ""))]
    return widget_language([request.GET.get("lang"), *accepted], account.default_language)


def _shown(text: ArticleText) -> dict[str, str]:
    return {
        "slug": text.slug,
        "title": text.title,
        "summary": text.summary,
        "category": text.category,
        "language": text.language,
    }


def _kept(data: dict[str, object], seconds: int) -> HttpResponse:
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False})
    patch_cache_control(response, public=True, max_age=seconds)
    patch_vary_headers(response, ["Accept-Language"])
    return response
