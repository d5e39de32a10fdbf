"""What messages consist of, against the expectations of another parser (the data is not part of the project)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailcore.message import Part, ReceivedMessage, parse

pytestmark = pytest.mark.corpus

# Where we read otherwise, and why.
DEVIATIONS = {
    "legacy/016": "line ends of a body that is not text stay what they were: CRLF",
    "legacy/017": "x-uuencode is undone: its files are what the parts are",
    "legacy/049": "files that are uuencoded in the text are taken out of it",
    "legacy/052": "octets that are not UTF-8, as they were declared, are read as what they are",
    "malformed/003": "a boundary within itself: text that is first in its multipart is the body",
    "malformed/004": "no line is a delimiter (RFC 2046 5.1.1); what looks like one is taken, once",
    "malformed/006": "no part of the inner multipart is closed: its text is the body",
    "malformed/008": "the outer delimiter ends the inner multipart: a second part is the outer one's",
    "malformed/019": "a delimiter is compared octet by octet (RFC 2046 5.1.1): --Boundary42 is none",
    "rfc/000": "what is not base64 is passed over (RFC 2045 6.8), dots and hyphens alike",
    "thirdparty/000": "of alternatives of one type the last is shown (RFC 2046 5.1.4)",
    "thirdparty/001": "of alternatives of one type the last is shown (RFC 2046 5.1.4)",
    "thirdparty/005": "a delimiter begins a line (RFC 2046 5.1.1): --1-- at the end of one is text",
    "thirdparty/015": "an outer delimiter ends an inner message, whose own multipart was not closed",
}  # fmt: skip


def find_cases(corpora: Path) -> Iterator[tuple[str, Path]]:
    folder = corpora / "mime" / "structure"
    for path in sorted(folder.rglob("*.eml")):
        yield path.relative_to(folder).with_suffix("").as_posix(), path


def test_bodies_and_attachments_are_what_another_parser_found(corpora: Path) -> None:
    differing = {name for name, path in find_cases(corpora) if not agree(path)}
    assert differing <= DEVIATIONS.keys()
    assert DEVIATIONS.keys() <= differing, "what agrees now is no deviation"


def agree(path: Path) -> bool:
    mail = parse(path.read_bytes())
    return read_expected(json.loads(path.with_suffix(".json").read_text())) == read_found(mail)


def read_expected(expected: dict[str, Any]) -> tuple[str, str, list[object]]:
    bodies = [read_body(part["body"]) for part in expected["parts"]]
    text = [body for kind, body in (bodies[n] for n in expected["text_body"]) if kind == "Text"]
    html = [body for kind, body in (bodies[n] for n in expected["html_body"]) if kind == "Html"]
    files = [read_file(*bodies[number]) for number in expected["attachments"]]
    return squeeze("\n".join(text)), squeeze("\n".join(html)), files


def read_body(body: Any) -> tuple[str, Any]:
    kind, content = next(iter(body.items())) if isinstance(body, dict) else (body, None)
    return kind, content


def read_file(kind: str, content: Any) -> object:
    if kind in {"Text", "Html"}:
        return squeeze(content)
    return bytes(content) if kind in {"Binary", "InlineBinary"} else "a message"


def read_found(mail: ReceivedMessage) -> tuple[str, str, list[object]]:
    files = sorted((*mail.attachments, *mail.inline), key=lambda part: part.span)
    return squeeze(mail.text or ""), squeeze(mail.html or ""), [describe(part) for part in files]


def describe(part: Part) -> object:
    if part.message and len(part.message.headers):
        return "a message"
    is_text = part.message or part.content_type.startswith("text/")
    return squeeze(part.text) if is_text else part.content


def squeeze(text: str) -> str:
    return " ".join(text.split())
