"""Pages by keyset: nothing is skipped or repeated while others write, and page 1000 costs what page 1 does."""

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """The newest row first."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class InOrder(NewestFirst):
    """A conversation's messages, as they stand in it."""

    ordering = "seq"
    page_size = 100
