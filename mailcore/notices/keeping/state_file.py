"""The issues of all processes of a machine, in a file (SQLite): what is done with them is a transaction.

A process that is killed leaves the file as it was before, or after. Connections live as short as
transactions, so that threads and forked processes need no care.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from mailcore.notices.counting.table import Batch, Report, Table
from mailcore.notices.exceptions.snapshot import Snapshot

__all__ = ["FILE_ERRORS", "Shared", "StateFile", "Strays"]

FILE_ERRORS = (sqlite3.Error, OSError, ValueError)
"""What is raised where the file can't be used, or is none of ours."""

BUSY_SECONDS = 30.0
"""How long a process waits for the transactions of others."""

_VERSION = 1
_SCHEMA = f"""
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS routes (
    name TEXT PRIMARY KEY, issues TEXT NOT NULL, under_way TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshots (
    route TEXT, fingerprint TEXT, snapshot TEXT NOT NULL, PRIMARY KEY (route, fingerprint)
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""

_table: TypeAdapter[Table] = TypeAdapter(Table)
_snapshot: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)
_NOTHING = Snapshot(())


class Strays(NamedTuple):
    """Routes whose names begin so, but for those that are there still."""

    prefix: str
    known: frozenset[str]


@dataclass(slots=True)
class Shared:
    """What a transaction can read and change.

    `under_way` is what one process is just mailing; of its reports only what `Issues.put_back` needs is kept.
    """

    table: Table
    snapshots: "_Snapshots"
    under_way: Batch | None
    connection: sqlite3.Connection

    def take_strays(self, strays: Strays | None) -> Iterator[Batch]:
        """Take what routes have left behind that are there no more; not what is just being mailed."""
        if strays is None:
            return
        rows = self.connection.execute(
            "SELECT name, issues FROM routes WHERE under_way = 'null' AND substr(name, 1, ?) = ?",
            (len(strays.prefix), strays.prefix),
        ).fetchall()
        for route, table in rows:
            if route not in strays.known:
                yield _read_stray(_table.validate_json(table), _Snapshots(self.connection, route))
                self.connection.execute("DELETE FROM routes WHERE name = ?", (route,))
                self.connection.execute("DELETE FROM snapshots WHERE route = ?", (route,))


class StateFile:
    """The state of one route in a file, which is made if there is none.

    Raises `sqlite3.Error`, `OSError` or `ValueError` where the file can't be used, or is none of ours.
    """

    def __init__(self, path: Path, route: str) -> None:
        self._path = path
        self._route = route

    @contextmanager
    def open(self) -> Iterator[Shared]:
        """Give the state for a with block, and keep what has become of it, unless something is raised."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(
                "SELECT issues, under_way FROM routes WHERE name = ?", (self._route,)
            ).fetchone()
            issues, under_way = row or ("{}", "null")
            shared = Shared(
                _table.validate_json(issues),
                _Snapshots(connection, self._route),
                _read_batch(under_way),
                connection,
            )
            yield shared
            connection.execute(
                "INSERT OR REPLACE INTO routes VALUES (?, ?, ?)",
                (
                    self._route,
                    json.dumps(
                        _table.dump_python(shared.table)
                    ),  # pydantic has no infinity in JSON
                    _write_batch(shared.under_way),
                ),
            )
            connection.execute("COMMIT")

    def _connect(self) -> sqlite3.Connection:
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in {0, _VERSION}:
        raise ValueError(f"it was written by another version of mailcore ({version})")
    if not version:
        connection.executescript(_SCHEMA)
    connection.execute("PRAGMA synchronous = NORMAL")


class _Snapshots:
    """The snapshots of a route, each of which is read when it is asked for."""

    def __init__(self, connection: sqlite3.Connection, route: str) -> None:
        self._connection = connection
        self._route = route

    def __getitem__(self, fingerprint: str) -> Snapshot:
        row = self._connection.execute(
            "SELECT snapshot FROM snapshots WHERE route = ? AND fingerprint = ?",
            (self._route, fingerprint),
        ).fetchone()
        if row is None:
            raise KeyError(fingerprint)
        return _snapshot.validate_json(row[0])

    def __setitem__(self, fingerprint: str, snapshot: Snapshot) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)",
            (self._route, fingerprint, _snapshot.dump_json(snapshot).decode()),
        )

    def __delitem__(self, fingerprint: str) -> None:
        self._connection.execute(
            "DELETE FROM snapshots WHERE route = ? AND fingerprint = ?",
            (self._route, fingerprint),
        )


def _read_stray(table: Table, snapshots: "_Snapshots") -> Batch:
    """Give what no mail has told of."""
    reports = tuple(
        Report(
            issue.fingerprint,
            snapshots[issue.fingerprint],
            issue.first_seen,
            issue.last_seen,
            new=issue.count - issue.told,
            total=issue.count,
            is_first=True,
        )
        for issue in table.issues.values()
        if issue.count > issue.told
    )
    return Batch(reports, table.others)


def _write_batch(batch: Batch | None) -> str:
    if batch is None:
        return "null"
    reports = [
        (report.fingerprint, report.new, report.is_first, report.is_resolved)
        for report in batch.reports
    ]
    return json.dumps({"reports": reports, "others": batch.others})


def _read_batch(text: str) -> Batch | None:
    found = json.loads(text)
    if found is None:
        return None
    reports = tuple(
        Report(name, _NOTHING, 0, 0, new=new, total=0, is_first=is_first, is_resolved=is_resolved)
        for name, new, is_first, is_resolved in found["reports"]
    )
    return Batch(reports, found["others"])
