"""Real servers, started once for a run; skipped with the reason where they cannot be, but not in CI."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.net.tls import TLS
from tests.certificates import Certificates
from tests.live.servers import Dovecot, Postfix, Proxies, missing
from tests.live.unpacked import Exim, OpenSMTPD


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/live/" in item.path.as_posix():
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.xdist_group("live"))


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that everybody can enter, with a short name: a unix socket's path has 107 bytes."""
    if reason := missing():
        if os.environ.get("CI"):
            pytest.fail(f"the servers cannot be started: {reason}")
        pytest.skip(f"the servers cannot be started: {reason}")
    path = Path(tempfile.mkdtemp(prefix="mailcore-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def live_certificates(folder: Path) -> Certificates:
    """Certificates where the servers can read them."""
    (folder / "certificates").mkdir()
    return Certificates(folder / "certificates")


@pytest.fixture(scope="session")
def dovecot(folder: Path) -> Iterator[Dovecot]:
    """A Dovecot that knows one user."""
    server = Dovecot(folder / "dovecot")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postfix(folder: Path, live_certificates: Certificates, dovecot: Dovecot) -> Iterator[Postfix]:
    """A Postfix with SASL by Dovecot, delivering to Maildirs."""
    server = Postfix(folder / "postfix", live_certificates, dovecot.sasl)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def exim(folder: Path, live_certificates: Certificates, dovecot: Dovecot) -> Iterator[Exim]:
    """An Exim that delivers by Dovecot."""
    server = Exim(folder / "exim", live_certificates, dovecot.lmtp_port)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def opensmtpd(folder: Path, dovecot: Dovecot) -> Iterator[OpenSMTPD]:
    """An OpenSMTPD that delivers by Dovecot."""
    server = OpenSMTPD(folder / "opensmtpd", dovecot.lmtp_port)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def proxies(folder: Path) -> Iterator[Proxies]:
    """A SOCKS5 and an HTTP proxy."""
    servers = Proxies(folder / "proxies")
    yield servers
    servers.stop()


@pytest.fixture
def tls(live_certificates: Certificates) -> TLS:
    """Trust in the tests' own authority."""
    return TLS(ca_file=live_certificates.authority)
