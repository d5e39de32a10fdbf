"""Rooms import only what lies below them, as `[tool.importlinter]` in pyproject.toml draws it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = "from importlinter.cli import lint_imports_command; lint_imports_command()"
PROJECT = Path(__file__).parent.parent.parent


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the package in a folder."""
    return subprocess.run(
        [sys.executable, "-c", RUN, "--config", "pyproject.toml", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of the package to plant faults in."""
    shutil.copytree(PROJECT / "mailcore", tmp_path / "mailcore")
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_rooms_keep_to_their_layers() -> None:
    done = lint_imports(PROJECT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("message/address.py", "from mailcore.smtp import codec", "Rooms import only"),
        ("net/run.py", "import mailcore.sasl", "Rooms import only"),
        ("notices/policy.py", "from mailcore.sandbox import Sandbox", "Rooms import only"),
        ("smtp/conversation/codec.py", "from mailcore.smtp.conversation import session", "In a"),
        ("domains/servers/mx.py", "import dns.resolver", "dnspython"),
        ("message/received.py", "from email.utils import parseaddr", "standard library"),
        ("sasl/mechanisms.py", "import pydantic", "plain Python"),
        ("smtp/conversation/session.py", "import asyncio", "Event loops"),
        ("transports/memory.py", "import threading", "Event loops"),
        ("reply.py", "def f():\n    import threading", "Event loops"),
        ("notices/policy.py", "import bs4", "Beautiful Soup"),
    ],
)
def test_a_planted_import_is_found(copy: Path, file: str, line: str, contract: str) -> None:
    planted = copy / "mailcore" / file
    planted.write_text(f"{planted.read_text()}\n{line}\n")
    done = lint_imports(copy)
    assert done.returncode != 0
    (broken,) = [row for row in done.stdout.splitlines() if " BROKEN" in row]
    assert contract in broken


def test_a_planted_room_without_a_place_is_found(copy: Path) -> None:
    (copy / "mailcore" / "attic.py").touch()
    assert lint_imports(copy).returncode != 0
