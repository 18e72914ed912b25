"""Emptying the database between tests that commit.

Django's own way truncates every table and makes permissions and content types anew, which takes most of a second and
gives them other numbers. Here only tables that hold rows are emptied, and those two are kept.
"""

from collections.abc import Iterator

from django.db import IntegrityError, OperationalError, connection, transaction

# How often a table may be filled by others just while it is looked at.
_TRIES = 5
_KEPT = {"auth_permission", "django_content_type"}


def empty_database(_case: object) -> None:
    """Delete every row but those that migrating made; whoever is writing at this moment is waited for."""
    for left in reversed(range(_TRIES)):
        try:
            return _empty_once()
        except (IntegrityError, OperationalError):  # a row came in between, or it was a deadlock
            if not left:
                raise
    return None


def _empty_once() -> None:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in _tables()))
        filled = [row[0] for row in cursor.fetchall()]
        if not filled:
            return
        cursor.execute(f"LOCK TABLE {', '.join(filled)} IN SHARE ROW EXCLUSIVE MODE")
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")


def _tables() -> Iterator[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return (connection.ops.quote_name(name) for name in sorted(set(names) - _KEPT))
