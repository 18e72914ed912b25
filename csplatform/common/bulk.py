"""Inserting many rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Model

# Below this many rows an INSERT is as quick, and takes one statement instead of two.
_FEW = 8
_PLAIN = (
    *(models.CharField, models.TextField, models.IntegerField, models.BooleanField),
    *(models.ForeignKey, models.UUIDField, models.DurationField),
)
Row = TypeVar("Row", bound=Model)


def insert(rows: Sequence[Row]) -> Sequence[Row]:
    """Insert new rows of one model and give them their ids, as `bulk_create` does; returns them.

    Many go by COPY: to write an INSERT of a hundred rows takes Django and psycopg longer than PostgreSQL to obey it.
    Raises IntegrityError. Needs a transaction.
    """
    model = type(rows[0]) if rows else None
    if model is None:
        return rows
    if len(rows) < _FEW:
        return model._base_manager.bulk_create(rows)
    for row, pk in zip(rows, _next_ids(model, len(rows)), strict=True):
        row._prepare_related_fields_for_save(operation_name="insert")  # type: ignore[attr-defined]
        row.pk = pk
    _copy(model, rows)
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return rows


def as_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as one parameter, for `json_to_recordset`.

    An array for each column would do as well, but takes psycopg ten times as long to write. Moments must have a zone.
    """
    return json.dumps(list(rows), ensure_ascii=False, default=_as_text)


def _as_text(value: datetime | timedelta) -> str:
    return value.isoformat() if isinstance(value, datetime) else f"{value.total_seconds()} seconds"


def _next_ids(model: type[Model], number: int) -> list[int]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, number],
        )
        return [pk for (pk,) in cursor.fetchall()]


def _copy(model: type[Model], rows: Sequence[Model]) -> None:
    database = connections[DEFAULT_DB_ALIAS]
    fields = model._meta.local_concrete_fields
    columns = ", ".join(database.ops.quote_name(str(field.column)) for field in fields)
    statement = f"COPY {database.ops.quote_name(model._meta.db_table)} ({columns}) FROM STDIN"
    values = [(field, field.attname, _is_plain(field)) for field in fields]
    with database.wrap_database_errors, database.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(
                [
                    getattr(row, name) if plain else field.get_db_prep_save(field.pre_save(row, True), database)
                    for field, name, plain in values
                ]
            )


def _is_plain(field: "models.Field[Any, Any]") -> bool:
    """Tell fields whose values psycopg takes as they are: most of them, and to ask Django for each takes long."""
    if isinstance(field, models.DateTimeField):
        return not (field.auto_now or field.auto_now_add)
    return isinstance(field, _PLAIN)
