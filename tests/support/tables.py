"""Rows for any table, made from its columns; and what is in all tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

Row = dict[str, Any]
MADE_BY_TRIGGERS = "chat_message_fts"
"""The full-text index of SQLite, and the tables that it keeps for itself."""
GENERATED = "search"
"""The full-text index of PostgreSQL, a column."""


def reflect(connection: sa.Connection) -> sa.MetaData:
    """The tables as the database has them."""
    metadata = sa.MetaData()
    inspector = sa.inspect(connection)
    names = [n for n in inspector.get_table_names() if not n.startswith((MADE_BY_TRIGGERS, "alembic_version"))]
    metadata.reflect(connection, only=names)
    return metadata


def columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name != GENERATED]


def fill(connection: sa.Connection, tables: list[sa.Table], rows: int = 3) -> None:
    """Some rows in each that has none. A reference points to a row that is there: of each, another one."""
    for table in tables:
        if connection.scalar(sa.select(sa.func.count()).select_from(table)):
            continue
        references = {c.name: _referred(connection, c) for c in columns(table) if c.foreign_keys}
        for number in range(1, rows + 1):
            values = {c.name: _value(table, c, number) for c in columns(table)}
            referred = {name: found[number - 1] for name, found in references.items()}
            connection.execute(table.insert().values(values | referred))


def _referred(connection: sa.Connection, column: sa.Column[Any]) -> list[Any]:
    (key,) = column.foreign_keys
    return list(connection.scalars(sa.select(key.column).order_by(key.column)))


def snapshot(connection: sa.Connection, metadata: sa.MetaData) -> dict[str, list[Row]]:
    """Every row of every table, in the order of the primary key."""
    found = {}
    for table in metadata.sorted_tables:
        shown = columns(table)
        query = sa.select(*shown).order_by(*table.primary_key.columns)
        found[table.name] = [dict(row) for row in connection.execute(query).mappings()]
    return found


def _value(table: sa.Table, column: sa.Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.Float | sa.Numeric):
        return number + 0.5
    if isinstance(kind, sa.DateTime):
        moment = datetime(2026, 1, number, 12, tzinfo=UTC) + timedelta(microseconds=number)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    if isinstance(kind, sa.LargeBinary):
        return bytes([0, 255, number])
    if isinstance(kind, sa.String):
        text = f"{column.name} {number} ä😀'\";--"
        return text[: kind.length] if kind.length and kind.length < len(text) else text
    raise AssertionError(f"{table.name}.{column.name} has a type that no test knows: {kind!r}")
