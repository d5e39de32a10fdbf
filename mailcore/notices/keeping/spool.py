"""What is not mailed yet, on disk: a process that is killed, or finds no server, leaves it to the next.

    FOLDER/APP/SESSION/FINGERPRINT.json

A session is one notifier in one process. It holds a lock on its folder while it lives, so that another one
can tell what was left behind, and takes it over by renaming: nothing is lost on the way, and nothing is
there twice. Nothing here waits for the disk: what the system has taken outlives the process.
"""

import errno
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from threading import RLock

from pydantic import TypeAdapter

from mailcore.notices.exceptions.snapshot import Snapshot
from mailcore.notices.keeping.locking import FileLock

__all__ = ["Kept", "Spool", "default_folder"]

KEPT_LIMIT = 1000
"""Files of one session that are taken over at once; the rest is left to the next one."""
FILE_OCTETS = 16_000_000
"""A file that is longer is none of ours, and left alone: what an exception says is bounded before."""

BEGINNINGS = 5
"""How often a session is begun that others clear away meanwhile."""

_LOCK = "lock"
_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Kept:
    """So many equal exceptions that nobody was told of; times are seconds since 1970."""

    fingerprint: str
    count: int
    first_seen: float
    last_seen: float
    snapshot: Snapshot


_adapter: TypeAdapter[Kept] = TypeAdapter(Kept)


def default_folder() -> Path:
    """Give where a user's programs keep their state (the XDG Base Directory Specification)."""
    if sys.platform == "win32":
        state = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "mailcore" / "notices"


class Spool:
    """The files of one session for `app`. Raises `OSError` where the folder can't be used."""

    def __init__(self, folder: Path, app: str) -> None:
        digest = blake2b(app.encode(), digest_size=3).hexdigest()
        self._app = folder / f"{_NAME.sub('-', app.lower()).strip('-')}-{digest}"
        self._session: Path | None = None
        self._lock: FileLock | None = None
        self._turn = RLock()  # reentrant, as a signal handler or a finaliser may capture

    def keep(self, kept: Kept) -> None:
        """Write it, in the place of what was written of its fingerprint before."""
        data = _adapter.dump_json(kept)
        with self._turn:
            try:
                _write(self._begin(), kept.fingerprint, data)
            except FileNotFoundError:  # somebody has cleared the folder away
                self._session = None
                _write(self._begin(), kept.fingerprint, data)

    def drop(self, fingerprint: str) -> None:
        """Remove what was kept of a fingerprint: it is told."""
        with self._turn:
            if self._session is not None:
                (self._session / f"{fingerprint}.json").unlink(missing_ok=True)

    def take_over(self) -> list[Kept]:
        """Give what sessions that are over have left behind; it is this one's from now on."""
        found: dict[str, Kept] = {}
        for session in sorted(self._app.iterdir()) if self._app.is_dir() else []:
            for kept in self._adopt(session):
                earlier = found.get(kept.fingerprint)
                found[kept.fingerprint] = _join(earlier, kept) if earlier else kept
        return [*found.values()]

    def close_if_empty(self) -> None:
        """End the session, unless something is still in it."""
        with self._turn:
            if self._session is not None and not any(self._session.glob("*.json")):
                self.close()

    def close(self) -> None:
        """End the session; what is still in it is left to another one."""
        if self._lock is None or not self._lock.is_held:
            return  # there is none, or it is that of the process we were forked from
        with self._turn:
            session, self._session = self._session, None
            if session is None:
                return
            with suppress(OSError):  # something is left in it, or there are others
                _remove(session)
                session.parent.rmdir()
            self._lock.release()

    def __del__(self) -> None:
        self.close()

    def _begin(self) -> Path:
        """Give the session's folder, made and locked if there is none yet."""
        for _ in range(BEGINNINGS):
            if self._session is not None:
                break
            session = self._app / f"{time.time_ns():x}-{os.getpid()}-{os.urandom(3).hex()}"
            with suppress(FileNotFoundError):  # another process took it for one that is over
                session.mkdir(parents=True, mode=0o700)
                lock = FileLock(session / _LOCK)
                if lock.acquire():
                    self._session, self._lock = session, lock
        if self._session is None:
            raise FileNotFoundError(f"no session can be begun in {self._app}")
        return self._session

    def _adopt(self, session: Path) -> Iterator[Kept]:
        with suppress(OSError):
            lock = FileLock(session / _LOCK)
            if not ((session / _LOCK).exists() and lock.acquire()):
                return  # it lives, or is just being begun
            try:
                for path in sorted(session.glob("*.json"))[:KEPT_LIMIT]:
                    if kept := self._move(path):
                        yield kept
                _remove(session)
            finally:
                lock.release()

    def _move(self, path: Path) -> Kept | None:
        """Take a file over; one that can't be read stays where it is."""
        if path.stat().st_size > FILE_OCTETS:
            return None
        try:
            kept = _adapter.validate_json(path.read_bytes())
        except ValueError:
            return None
        target = self._begin() / path.name
        if target.exists():  # the same bug, of another session: one file for both
            self.keep(_join(_adapter.validate_json(target.read_bytes()), kept))
            path.unlink()
        else:
            path.rename(target)
        return kept


def _write(session: Path, fingerprint: str, data: bytes) -> None:
    """Write a file wholly, or leave the one that was there."""
    path = session / f"{fingerprint}.json"
    new = path.with_suffix(".new")
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        if os.write(file, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(file)
    new.replace(path)


def _join(one: Kept, other: Kept) -> Kept:
    return Kept(
        one.fingerprint,
        one.count + other.count,
        min(one.first_seen, other.first_seen),
        max(one.last_seen, other.last_seen),
        one.snapshot,
    )


def _remove(session: Path) -> None:
    """Remove a session that has nothing left to tell."""
    if any(session.glob("*.json")):
        return
    for path in (*session.glob("*.new"), session / _LOCK):
        path.unlink(missing_ok=True)
    session.rmdir()
