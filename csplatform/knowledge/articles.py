"""Reading the help centre, and finding one's way in it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from math import log
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from modeltranslation.utils import build_localized_fieldname

from csplatform.common.languages import fallback_chain
from csplatform.common.text import fold_loosely
from csplatform.knowledge.models import Article
from csplatform.knowledge.rendering import to_html

MOST_TERMS = 12
LONGEST_QUERY = 200
# Scripts that put no space between words (and Korean, which hangs endings on them): searched by pairs of characters.
_UNSPACED = "\u0e00-\u0eff\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_RUNS = re.compile(rf"([{_UNSPACED}]+)|((?:(?![{_UNSPACED}])\w)+)")
# A word in the title says more than one in the text. This share of what was asked for must be found.
_TITLE_WEIGHT = 3
_ENOUGH = 0.3


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article in the language (BCP 47) it was found in; `category` is empty where it has none."""

    slug: str
    title: str
    summary: str
    category: str
    language: str


def first_articles(language: str, limit: int) -> list[ArticleText]:
    """Return the first published articles in their order, each in `language` or the nearest it exists in."""
    texts = (_text(article, language) for article in _published()[: limit * 3])
    return [text for text in texts if text][:limit]


def find_articles(query: str, language: str, limit: int) -> list[ArticleText]:
    """Return published articles that fit `query`, best first, in the first of the reader's languages that has any.

    Width, case and accents do not matter. Rare words count for more than frequent ones, and those of a title for
    more than those of a text. What is being typed is found by its beginning.
    """
    terms = terms_of(query)
    if not terms:
        return []
    for tag in _readable(language):
        ranked = _ranked(terms, tag.lower())[:limit]
        found = _published().in_bulk(ranked)
        if found:
            return [text for pk in ranked if (text := _text(found[pk], tag))]
    return []


def read_article(slug: str, language: str) -> tuple[ArticleText, str] | None:
    """Return a published article and its text as safe HTML; None where there is none of that address."""
    article = _published().filter(slug=slug).first()
    text = _text(article, language) if article else None
    if article is None or text is None:
        return None
    return text, to_html(_localized(article, "body", text.language))


def count_verdict(slug: str, *, helped: bool) -> bool:
    """Count one reader's word on a published article; False where there is none of that address."""
    name = "helped" if helped else "not_helped"
    return bool(Article.objects.filter(slug=slug, is_published=True).update(**{name: F(name) + 1}))


def terms_of(query: str) -> tuple[str, ...]:
    """Return what to look for, each once: words, and pairs of characters where a script has no spaces.

    Words of one or two letters are left out where there are longer ones.
    """
    terms = dict.fromkeys(_terms(fold_loosely(query[:LONGEST_QUERY])))
    telling = [term for term in terms if len(term) > 2 or not term.isascii()]
    return tuple(telling or terms)[:MOST_TERMS]


def _terms(text: str) -> Iterator[str]:
    for unspaced, word in _RUNS.findall(text):
        if word or len(unspaced) == 1:
            yield word or unspaced
        else:
            yield from (unspaced[start : start + 2] for start in range(len(unspaced) - 1))


def _ranked(terms: tuple[str, ...], code: str) -> list[int]:
    """Return the ids of articles that fit, best first."""
    folded = build_localized_fieldname("folded", code)
    existing = Article.objects.filter(is_published=True, **{f"{folded}__gt": ""})
    rows = list(
        existing.filter(reduce(or_, (Q(**{f"{folded}__contains": term}) for term in terms)))
        .order_by("category__position", "position", "id")
        .values_list("pk", StrIndex(folded, Value("\n")), *(StrIndex(folded, Value(term)) for term in terms))
    )
    if not rows:
        return []
    places = [[*row[2:]] for row in rows]
    weights = _weights(places, existing.count())
    scores = [_score(row[1], row[2:], weights) for row in rows]
    fitting = [(score, row[0]) for score, row in zip(scores, rows, strict=True) if score]
    return [pk for _score_, pk in sorted(fitting, key=lambda pair: -pair[0])]


def _weights(places: list[list[int]], articles: int) -> list[float]:
    """A word that is in every article tells nothing apart; one that is in none was still asked for."""
    holding = (sum(bool(row[term]) for row in places) for term in range(len(places[0])))
    return [log(1 + articles / max(1, count)) for count in holding]


def _score(title_end: int, places: Iterable[int], weights: list[float]) -> float:
    """Return how well an article fits whose terms are first found at `places` (from 1; 0 for nowhere), 0 if badly."""
    found = [(weight, place) for weight, place in zip(weights, places, strict=True) if place]
    if sum(weight for weight, _place in found) < _ENOUGH * sum(weights):
        return 0
    return sum(weight * (_TITLE_WEIGHT if place < title_end else 1) for weight, place in found)


def _published() -> QuerySet[Article]:
    articles = Article.objects.filter(is_published=True).select_related("category")
    return articles.defer(*(build_localized_fieldname("folded", code) for code in settings.MODELTRANSLATION_LANGUAGES))


def _text(article: Article, language: str) -> ArticleText | None:
    """Return the article in the first of the reader's languages that it exists in."""
    for tag in _readable(language):
        title, body = _localized(article, "title", tag), _localized(article, "body", tag)
        if title and body:
            category = _category(article, tag)
            return ArticleText(article.slug, title, _localized(article, "summary", tag), category, tag)
    return None


def _category(article: Article, language: str) -> str:
    names = (_localized(article.category, "name", tag) for tag in _readable(language)) if article.category else ()
    return next((name for name in names if name), "")


def _readable(language: str) -> list[str]:
    """The languages of the help centre that a reader of `language` is served in, best first."""
    chain = fallback_chain(language, settings.MODELTRANSLATION_DEFAULT_LANGUAGE)
    return [tag for tag in chain if tag.lower() in settings.MODELTRANSLATION_LANGUAGES]


def _localized(row: Any, field: str, language: str) -> str:
    return getattr(row, build_localized_fieldname(field, language.lower())) or ""
