"""docs/reference/limits.md lists every limit of the code, with its value."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mailcore

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "limits.md"
ROWS = re.findall(r"(?m)^\| `([\w.]+)` \| ([\d.]+) \|", PAGE.read_text(encoding="utf-8"))

#: Numbers that bound nothing from outside: what protocols lay down, and how much is done at a time.
NO_LIMITS = {
    "domains.records.dkim.ED25519_OCTETS",
    "domains.records.spf.IPV4_BITS",
    "domains.records.spf.IPV6_BITS",
    "message.reading.content.transfer.PIECE",
    "message.received.PIECE",
    "message.writing.bodies.PIECE",
    "message.refusal.FAULTS",
    "message.writing.bodies.BASE64_LINE",
    "message.writing.rendered.CHUNK",
    "net.dns.exchange.DATAGRAM_LIMIT",
    "net.dns.exchange.ID_COUNT",
    "net.dns.server.PORT",
    "net.dns.server.TLS_PORT",
    "net.dns.zone.MAX_TTL",
    "net.dns.zone.TTL",
    "net.http.HTTPS_PORT",
    "net.stream.RECEIVE_BYTES",
    "net.tls.READ_BYTES",
    "net.tls.WRITE_BYTES",
    "notices.counting.issues.DAY",
    "notices.counting.issues.HOUR",
    "notices.mailing.worker.LONGEST_SLEEP",
    "sandbox.dns.HEADER",
    "sandbox.dns.RESPONSE_BIT",
    "smtp.probe.SERVICE_CLOSING",
    "smtp.probe.SERVICE_READY",
    "smtp.conversation.session.CONTINUE_AUTHENTICATION",
    "smtp.conversation.pipeline.SERVICE_CLOSING",
    "smtp.conversation.session.SERVICE_CLOSING",
    "smtp.conversation.session.SERVICE_READY",
    "smtp.settings.LMTP_PORT",
    "smtp.conversation.pipeline.START_DATA",
    "smtp.conversation.pipeline.WRITE_BYTES",
    "transport.outgoing.PIECE_BYTES",
}


def constants() -> Iterator[str]:
    """Give the names, below mailcore, of the public numbers in its modules, the command line aside."""
    for found in pkgutil.walk_packages(mailcore.__path__, "mailcore."):
        if found.name.startswith(("mailcore.__main__", "mailcore.cli")):
            continue
        module = importlib.import_module(found.name)
        for name in defined(Path(str(module.__file__)).read_text(encoding="utf-8")):
            if type(getattr(module, name)) in {int, float}:
                yield f"{found.name.removeprefix('mailcore.')}.{name}"


def defined(source: str) -> Iterator[str]:
    """Give the constants that a module assigns, those that it imports left out."""
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if name.isupper() and not name.startswith("_"):
                    yield name


def look_up(name: str) -> Any:
    """Give what a row is about: a constant of a module, or the default of a class's field."""
    module, _, constant = name.rpartition(".")
    if constant.isupper():
        return getattr(importlib.import_module(f"mailcore.{module}"), constant)
    module, _, kind = module.rpartition(".")
    return getattr(getattr(importlib.import_module(f"mailcore.{module}"), kind)(), constant)


@pytest.mark.parametrize(("name", "value"), ROWS)
def test_a_limit_has_the_value_that_the_page_says(name: str, value: str) -> None:
    assert look_up(name) == float(value)


def test_the_page_lists_every_limit() -> None:
    listed = {name for name, _ in ROWS if name.rpartition(".")[2].isupper()}
    assert listed == set(constants()) - NO_LIMITS


def test_what_is_no_limit_is_still_there() -> None:
    assert set(constants()) >= NO_LIMITS
