"""What every test can ask for."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.certificates import Certificates
from tests.colours import Colour
from tests.peers import Conversation, Peer

hypothesis.settings.register_profile("dev", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=300, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")

PROJECT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what notifiers write down, and programs that a test starts, out of the user's folders."""
    folder = tmp_path_factory.getbasetemp() / f"state-{os.urandom(6).hex()}"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))


@pytest.fixture(params=["blocking", "asyncio"])
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    """Each way of doing I/O in turn."""
    one = Colour(request.param)
    yield one
    one.close()


@pytest.fixture
def peer() -> Iterator[Callable[[Conversation], Peer]]:
    """Start servers that follow a script; they end with the test."""
    peers: list[Peer] = []

    def start(converse: Conversation) -> Peer:
        peers.append(Peer(converse))
        return peers[-1]

    yield start
    for one in peers:
        one.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """A certificate authority of the tests' own, good and bad certificates by it."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The independent test data beside the project: skipped where missing, but not in CI."""
    folder = PROJECT.parent / "shared" / "corpora"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail("the test data is missing: ../shared/corpora")
        pytest.skip("the test data beside the project is missing: ../shared/corpora")
    return folder


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python programs whose output can be read line by line; they end with the test."""
    processes: list[subprocess.Popen[str]] = []

    def run(program: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, *map(str, arguments)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
        process.communicate()
