"""Whose code a frame is in: the program's own, or Python's and that of installed packages."""

import os
from pathlib import Path

__all__ = ["is_own"]

_PYTHON = ("<frozen ", f"{Path(os.__file__).parent}{os.sep}")
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def is_own(path: str) -> bool:
    """Tell whether a file, by its path, is of the program itself."""
    return not path.startswith(_PYTHON) and not any(folder in path for folder in _INSTALLED)
