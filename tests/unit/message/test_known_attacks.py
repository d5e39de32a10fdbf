"""Attacks on mail programs that got a name: none of them works here, each by its name."""

import re
import time
from collections.abc import Callable

import pytest

from mailcore.errors import ConfigurationError
from mailcore.message import Address, Attachment, Limits, Message, parse
from mailcore.message.reading.defects import Flaw
from mailcore.message.reading.saving import safe_filename
from tests.reading import read_everything


def senders(value: str) -> list[tuple[str, str]]:
    mail = parse(f"From: {value}\r\n\r\n".encode())
    return [(address.email, address.name) for address in mail.from_all]


@pytest.mark.parametrize(
    ("attack", "value", "found"),
    [
        # What stands in a name or a comment is no address.
        ("CVE-2023-27043", "alice@example.org <bob@evil.example>", ["bob@evil.example"]),
        ("CVE-2023-27043", '"alice@example.org" <bob@evil.example>', ["bob@evil.example"]),
        ("CVE-2023-27043", "alice@example.org(<bob@evil.example>", ["bob@evil.example"]),
        ("CVE-2023-27043", "alice@example.org)bob@evil.example", ["alice@example.org)bob@evil.example"]),
        ("an unclosed comment", "victim@bank.example( <a@evil.example>", ["a@evil.example"]),
        ("an unclosed quote", '"victim@bank.example <a@evil.example>', ["a@evil.example"]),
        # Of two at signs neither is overlooked.
        ("CVE-2019-16056", "a@evil.example@bank.example", ["a@evil.example@bank.example"]),
        # A quoted local part stays quoted, so that the domain is the last one.
        ("GHSA-mm7p-fcc7-pg87", '"a@evil.example x"@inner.example', ['"a@evil.example x"@inner.example']),
        # What encoded-words hide is no address.
        (
            "Splitting the Email Atom",
            "=?utf-8?q?a=40evil.example=3e=20?=@inner.example",
            ["=?utf-8?q?a=40evil.example=3e=20?=@inner.example"],
        ),
        ("Splitting the Email Atom", "=?utf-8?q?a=40evil.example=2c?= <b@c.example>", ["b@c.example"]),
    ],
)  # fmt: skip
def test_no_address_is_made_up(attack: str, value: str, found: list[str]) -> None:
    assert [email for email, _ in senders(value)] == found, attack


@pytest.mark.parametrize(
    "hidden", ["=?utf-8?b?cG90dXNAd2guZ292?==?utf-8?q?=00=0A?=", "=?utf-8?q?=0D=0ABcc=3A?="]
)
def test_mailsploit_names_end_no_line_and_are_no_address(hidden: str) -> None:
    ((email, name),) = senders(f"{hidden} <a@evil.example>")
    assert email == "a@evil.example"
    assert not set("\r\n\0") & set(name)


@pytest.mark.parametrize(
    ("attack", "make"),
    [
        ("CVE-2023-36632", lambda n: b"From: " + b"[" * n + b"\r\n\r\n"),
        ("CVE-2002-1337", lambda n: b"From: " + b"<>" * n + b"(" * n + b"\r\n\r\n"),
        ("CVE-2025-14874", lambda n: b"To: " + b"g:" * n + b"a@b.c" + b";" * n + b"\r\n\r\n"),
        ("CVE-2024-23184", lambda n: b"To: a@b.c\r\n" * n + b"\r\n"),
        ("gh-136063", lambda n: b"Content-Type: a/b" + b";" * n + b"\r\n\r\n"),
        ("gh-136063", lambda n: b"From: " + b'"' * n + b"\r\n\r\n"),
        ("CVE-2002-2325", lambda n: b'Content-Type: multipart/mixed; boundary=""\r\n\r\n' + b"--\r\n" * n),
        (
            "Email::MIME#66",
            lambda n: b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * n,
        ),
    ],
)  # fmt: skip
def test_no_mail_stops_the_program(attack: str, make: Callable[[int], bytes]) -> None:
    began = time.process_time()
    read_everything(make(30_000))
    assert time.process_time() - began < 10, attack  # it is far below a second


def test_no_base64_after_padding_is_lost_as_in_gh_137687() -> None:
    mail = parse(b"Content-Transfer-Encoding: base64\r\n\r\nQUI=\r\nQ0Q=\r\n")
    assert mail.text == "ABCD"
    assert Flaw.BASE64_MALFORMED in {defect.code for defect in mail.defects}


@pytest.mark.parametrize("evil", ["x\r\nBcc: a@evil.example", "x\nBcc: a", "x\rBcc: a", "x\0y"])
@pytest.mark.parametrize(
    ("attack", "make"),
    [
        ("CVE-2024-6923", lambda evil: Message(from_="a@b.c", subject=evil)),
        ("CVE-2026-1299", lambda evil: Message(from_="a@b.c", headers={"X-Y": evil})),
        ("gh-100612", lambda evil: Attachment(content=b"", filename=evil)),
        ("bpo-39073", lambda evil: Address(email="a@b.c", name=evil)),
        ("CVE-2024-21742", lambda evil: Message(from_="a@b.c", in_reply_to=f"<{evil}@b.c>")),
        ("CVE-2026-30227", lambda evil: Address(email=f'"{evil}"@b.c')),
        ("dotnet/runtime#131820", lambda evil: Attachment(content=b"", content_type=f"a/b; c={evil}")),
    ],
)  # fmt: skip
def test_nothing_is_injected(attack: str, make: Callable[[str], object], evil: str) -> None:
    with pytest.raises(ConfigurationError):
        make(evil)
    assert attack


@pytest.mark.parametrize("end", ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\r\n", "\r\r\n.\r\r\n"])
def test_no_text_ends_the_data_as_in_smtp_smuggling(end: str) -> None:
    """CVE-2023-51764, CVE-2023-51765 and CVE-2023-51766 need line ends that are bare."""
    raw = Message(from_="a@b.c", text=f"x{end}MAIL FROM:<a@evil.example>").to_bytes()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)


@pytest.mark.parametrize(
    ("name", "safe"),
    [("．．／etc／passwd", "．．_etc_passwd"), ("a∕b⁄c＼d", "a_b_c_d"), ("..\\..\\x", "x"), ("\u202egpj.exe", "gpj.exe")],
)  # fmt: skip
def test_no_name_leaves_its_folder_as_in_cve_2025_52488(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


def test_an_attack_by_size_can_be_bounded() -> None:
    mail = parse(b"To: " + b"a@b.c, " * 1000 + b"\r\n\r\n", limits=Limits(addresses=10))
    assert len(mail.to) == 10
