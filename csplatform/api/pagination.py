"""Pages by keyset: nothing is skipped or repeated while others write, and page 1000 costs what page 1 does."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

DEADLINE = "deadline"


class NewestFirst(CursorPagination):
    """The newest row first."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class NewestOrNearest(NewestFirst):
    """The newest row first, or with `sort=deadline` the one whose deadline is nearest."""

    # Everything that waited over a weekend may be due at one moment; none of it may be left out.
    offset_cutoff = 10**9

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: APIView) -> tuple[str, ...]:
        if request.query_params.get("sort") == DEADLINE:
            return ("next_deadline_at", "id")
        return (self.ordering,)


class InOrder(NewestFirst):
    """A conversation's messages, as they stand in it."""

    ordering = "seq"
    page_size = 100
