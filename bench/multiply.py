"""Makes many conversations out of few, inside the database: each copy with ids, addresses and keys of its own."""

from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Field, ForeignKey, Model, UUIDField

# Text that names something outside the row, and so must differ from copy to copy.
_NAMING = frozenset({"external_id"})


def multiply(models: Sequence[type[Model]], copies: int) -> None:
    """Add `copies` copies of every row of `models`; references between these models follow their copies."""
    tables = {model: _highest(model) for model in models}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # nothing of it can break a reference
        for model in models:
            fields = model._meta.local_concrete_fields
            columns = ", ".join(f'"{field.column}"' for field in fields)
            values = ", ".join(_value(field, tables) for field in fields)
            table = model._meta.db_table
            cursor.execute(
                f"INSERT INTO {table} ({columns})"
                f" SELECT {values} FROM {table}, generate_series(1, %s) AS copy WHERE id <= %s",
                [copies, tables[model]],
            )
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    with connection.cursor() as cursor:
        for command in ("VACUUM ANALYZE", "CHECKPOINT"):
            cursor.execute(command)


def _highest(model: type[Model]) -> int:
    newest = model._base_manager.order_by("-pk").first()
    return newest.pk if newest else 0


def _value(field: "Field[object, object]", tables: dict[type[Model], int]) -> str:
    column = f'"{field.column}"'
    if field.primary_key:
        return f"{column} + copy * {tables[field.model]}"
    if isinstance(field, ForeignKey) and field.related_model in tables:
        return f"{column} + copy * {tables[field.related_model]}"
    if isinstance(field, UUIDField):
        return "gen_random_uuid()"
    if field.name in _NAMING:
        return f"CASE {column} WHEN '' THEN '' ELSE copy || '.' || {column} END"
    return column
