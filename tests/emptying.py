"""Empties the database after a test whose transactions were real: 0.02 s instead of the 0.4 s of Django's flush.

Flush empties every table and makes content types and permissions anew; most tests leave rows in a dozen of the tables.
The role of the tests' database may do anything in it (session_replication_role: no triggers, no foreign keys meanwhile).
"""

from __future__ import annotations

from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase
from psycopg.errors import DeadlockDetected

_ATTEMPTS = 5
# What migrations and Django put there itself; nobody changes them.
_KEPT = {"django_content_type", "auth_permission"}


def _with_rows(cursor) -> list[str]:
    tables = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in _KEPT]
    cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in tables))
    return [name for (name,) in cursor.fetchall()]


def empty() -> None:
    """Delete every row; waits for whoever is writing in these tables, and begins again when they waited for each other:
    who has locked a row to write it soon is in nobody's way until both go on.
    """
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            _empty()
            return
        except OperationalError as error:
            if not attempts_left or not isinstance(error.__cause__, DeadlockDetected):
                raise


def _empty() -> None:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if tables := _with_rows(cursor):
            names = ", ".join(f'"{name}"' for name in tables)
            cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(";".join(f'DELETE FROM "{name}"' for name in tables))


def instead_of_flush() -> None:
    """From now on tests with real transactions end with `empty`."""
    TransactionTestCase._fixture_teardown = lambda self: empty()
