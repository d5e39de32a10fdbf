"""A lock that one holder has among all processes of a machine; it ends with its process, however that ends."""

import os
import sys
from pathlib import Path
from threading import RLock

__all__ = ["FileLock"]

# The system locks a file for a whole process: it keeps other processes out, and this keeps out our own.
_held: set[tuple[int, Path]] = set()
_guard = RLock()  # reentrant, as a finaliser may let a lock go


def _begin_anew() -> None:
    """Forget, in a forked process, that a thread of its parent may have had the guard."""
    global _guard  # noqa: PLW0603 - the system asks for no less
    _guard = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


class FileLock:
    """A lock by a file, which is made if there is none. A forked process does not inherit it.

    Raises `OSError` where there can be no such file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._held_as = (0, path)

    @property
    def is_held(self) -> bool:
        """Whether it is ours, in this process."""
        return self._file is not None and self._held_as[0] == os.getpid()

    def acquire(self) -> bool:
        """Take the lock, unless another holder has it; tell whether we have it now."""
        with _guard:
            key = os.getpid(), self._path
            if self.is_held or key in _held:
                return self.is_held
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock_file(file)
            except OSError:
                os.close(file)
                return False
            self._file, self._held_as = file, key
            _held.add(key)
            return True

    def release(self) -> None:
        """Let it go, if we have it."""
        with _guard:
            if self._file is not None:
                _held.discard(self._held_as)
                os.close(self._file)
                self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock_file(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock_file(file: int) -> None:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
