"""Header vectors of another parser: read alike, or else it is said here why not (the data is not here).

Each deviation names the rule that it follows. One that is new fails, and so does one that is gone.
"""

import json
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailcore.message.reading.values.addresses import parse_groups
from mailcore.message.reading.values.dates import parse_date
from mailcore.message.reading.values.ids import parse_ids
from mailcore.message.reading.values.lists import parse_phrases
from mailcore.message.reading.values.parameters import parse_parameters
from mailcore.message.reading.values.traces import parse_trace
from mailcore.message.reading.values.words import to_text, unfold

HEADERS = Path(__file__).parents[2].parent / "shared" / "corpora" / "mime" / "headers"

pytestmark = pytest.mark.corpus

COMMENT = "RFC 5322 3.2.2: a comment is no part of the display-name"
NO_TYPE = "RFC 2045 5.2: an invalid value is text/plain; its parameters are still shown"
SECTION = "RFC 2231 3: a section is '*' and a number; no other asterisks have a meaning"
NO_NUL = "RFC 5322 4.1: no NUL; it is a space here"
NO_BLANK = "RFC 2047 5: white space between words is as written; none stands there"
BLANKS = "RFC 5322 4.5.4: white space and comments in an obs-id are no part of it"
NUMBERS = "RFC 5322 3.3: eighteen numbers are no date"
CTIME = "ctime(3): month, day, time, year"
TWO_DIGITS = "RFC 5322 4.3: two digits from 00 to 49 are 20xx"
PST = "RFC 5322 4.3: PST is -0800"
ATOM = "RFC 5321 4.4: the word is an atom, and a / is no end of it"
PROTOCOL = "RFC 5321 4.4: Attdl-Protocol is any atom"
QMAIL = "RFC 1413 6: a user is a name; qmail and sendmail add @ and the host"
LITERAL = "RFC 5321 4.1.3: what stands in brackets is a literal; it names no user"
IN_COMMENT = "RFC 5322 3.2.2: what stands in a comment begins no clause"

# File -> beginning of the vector -> the reason.
DEVIATIONS: dict[str, dict[str, str]] = {
    "address": {
        "Pete(A nice \\) chap)": COMMENT,
        "Pete(A nice \n": COMMENT,
        "A Group(Some people)": COMMENT,
    },
    "content_type": {
        "/ ; name=value": NO_TYPE,
        " ;charset=us-ascii": NO_TYPE,
        "/plain;charset": NO_TYPE,
        "/plain ;charset": NO_TYPE,
        "test/encoded; key4": NO_NUL,
        "malicious/attempt": SECTION,
    },
    "date": {" 4 8 15 16 23 42": NUMBERS},
    "id": {"<1234   @": BLANKS},
    "list": {},
    "unstructured": {
        "[SUSPECTED SPAM]=?utf-8?B?VGhpcyBpcyB0aGUgb\n": NO_BLANK,
        "[SUSPECTED SPAM]=?utf-8?B?VGhpcyBpcyB0aGUgb\r\n": NO_BLANK,
    },
    "received": {
        "FROM ca-ex-bridge1": CTIME,
        "from AM5PR0402MB2836": PROTOCOL,
        "from ([10.225.209.19:33672])": ATOM,
        "from ([127.0.0.1:32923])": ATOM,
        "from ([192.168.1.151:49601]": ATOM,
        "from eclectic.kluge.net": ATOM,
        "from postfix3-2.free.fr": QMAIL,
        "from [193.220.176.134]": PST,
        "from x1-6-00-04-bd": QMAIL,
        "from snake.corp": TWO_DIGITS,
        "from smtp.greyware": TWO_DIGITS,
        "from mtsbp606": QMAIL,
        "from TCE-E-7": CTIME,
        "from itrqtnlnq": QMAIL,
        "from Unknown/Local": ATOM,
        "from casper.ghostscript": QMAIL,
        "from GWGC6-MTA": PROTOCOL,
        "from facebook.com": PROTOCOL,
        "from [<4124973": LITERAL,
        "from DB6PR07MB3286.eurprd07.prod.outlook.com ([": PROTOCOL,
        "with ECARTIS": PROTOCOL,
        "by oak.ein.cz": IN_COMMENT,
        "from [217.146.183.184]": PROTOCOL,
        "from [127.0.0.1] by omp1003": PROTOCOL,
    },
}


def parse_field(header: str) -> bytes:
    """Give the field's octets: it ends where a line begins without white space."""
    return re.split(rb"\r?\n(?![ \t\r\n])", header.encode(), maxsplit=1)[0]


def read_groups(raw: bytes) -> object:
    return [
        (group.name, [(address.name or None, address.email or None) for address in group.addresses])
        for group in parse_groups(raw)
    ]


def expect_groups(expected: Any) -> object:
    groups = expected.get("Group") or [{"name": None, "addresses": expected["List"]}]
    return [
        (group["name"], [(one["name"], one["address"]) for one in group["addresses"]])
        for group in groups
    ]


def read_type(raw: bytes) -> object:
    value, parameters = parse_parameters(raw)
    if not value.strip("/") or value.startswith("/"):
        return dict(parameters) or None
    return value.rstrip("/"), dict(parameters)


def expect_type(expected: Any) -> object:
    if not expected:
        return None
    pairs = expected["attributes"] or []
    parameters = {name: text for name, text in pairs if not name.endswith("-language")}
    kinds = (expected["c_type"], expected["c_subtype"])
    return "/".join(kind for kind in kinds if kind), parameters


def read_date(raw: bytes) -> object:
    return spell_date(parse_date(unfold(raw)))


def spell_date(date: datetime | None) -> object:
    offset = date.utcoffset() if date else None
    if date is None or offset is None:
        return None
    return (*date.timetuple()[:6], offset.total_seconds() / 60)


def expect_date(expected: Any) -> object:
    if not expected:
        return None
    names = ("year", "month", "day", "hour", "minute", "second")
    minutes = expected["tz_hour"] * 60 + expected["tz_minute"]
    return (
        *(expected[name] for name in names),
        -minutes if expected["tz_before_gmt"] else minutes,
    )


def read_trace(raw: bytes) -> object:
    trace = parse_trace(raw)
    return (
        *(trace.from_, trace.helo, trace.ip, trace.reverse_name, trace.ident, trace.by, trace.via),
        *(trace.with_, trace.id, trace.for_, trace.tls_version, trace.tls_cipher),
        spell_date(trace.date),
    )


def expect_trace(expected: Any) -> object:
    version = (expected.get("tls_version") or "").replace("_", ".").replace("1.0", "1")
    host, helo, by = (
        next(iter((expected.get(name) or {"": None}).values())) for name in ("from", "helo", "by")
    )
    return (
        *(host, helo, expected.get("from_ip"), expected.get("from_iprev"), expected.get("ident")),
        *(by, expected.get("via"), (expected.get("with") or "").upper() or None),
        *(expected.get("id"), expected.get("for_"), version or None, expected.get("tls_cipher")),
        expect_date(expected.get("date")),
    )


def same(expected: Any) -> object:
    return expected


FIELDS: list[tuple[str, Callable[[bytes], object], Callable[[Any], object]]] = [
    ("address", read_groups, expect_groups),
    ("content_type", read_type, expect_type),
    ("date", read_date, expect_date),
    ("id", lambda raw: [id_.strip("<>") for id_ in parse_ids(raw)], same),
    ("list", lambda raw: list(parse_phrases(raw)), same),
    ("unstructured", to_text, same),
    ("received", read_trace, expect_trace),
]


@pytest.mark.parametrize(("name", "read", "expect"), FIELDS, ids=[field[0] for field in FIELDS])
def test_vectors_are_read_alike_but_for_what_is_listed(
    name: str, read: Callable[[bytes], object], expect: Callable[[Any], object]
) -> None:
    path = HEADERS / f"{name}.json"
    if not path.exists():
        assert "CI" not in os.environ, f"the corpora are missing: {HEADERS}"
        pytest.skip(f"the corpora are not here: {HEADERS}")
    vectors = json.loads(path.read_text())
    differing = [
        vector["header"]
        for vector in vectors
        if read(parse_field(vector["header"])) != expect(vector["expected"])
    ]
    listed = DEVIATIONS[name]
    unlisted = [header for header in differing if not header.startswith(tuple(listed))]
    mended = [start for start in listed if not any(map(starts_with(start), differing))]
    assert (unlisted, mended) == ([], [])


def starts_with(start: str) -> Callable[[str], bool]:
    return lambda header: header.startswith(start)
