"""What is composed comes back equal: by `parse`, and by the standard library where that is right."""

import email
import email.policy
import email.utils
import re
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailcore.errors import ConfigurationError
from mailcore.message import Address, Attachment, Group, Message, Part, parse
from tests.mails import NOW, addresses, groups, messages, proper_ids, readable_texts

#: Name, type, content and disposition.
File = tuple[str, str, bytes, str]
X_PRIORITY = {"high": "1 (Highest)", "normal": "3 (Normal)", "low": "5 (Lowest)"}
#: For facts about the octets: a whole message is slow to draw.
fewer = settings(max_examples=60)


def simple(**fields: Any) -> Message:
    return Message(**{"from_": "a@example.org", **fields}).finalise(now=NOW)


def flatten(addresses: Sequence[Address | Group]) -> tuple[Address, ...]:
    """Give the addresses as `parse` does: of groups, their members."""
    return tuple(
        address
        for one in addresses
        for address in (one.members if isinstance(one, Group) else [one])
    )


def described(attachment: Attachment) -> File:
    """Give what arrives of an attachment; a text beside the body is never inline, lest it be body."""
    kind = attachment.content_type.partition(";")[0].lower()
    disposition = "attachment" if kind.startswith("text/") else attachment.disposition
    return attachment.filename or "", kind, b"".join(attachment.pieces()), disposition


def arrived(part: Part) -> File:
    return part.filename or "", part.content_type, part.content, part.disposition or ""


FORMS = ("text/x-amp-html", "text/calendar")


def forms(message: Message) -> dict[str, str]:
    """Give the bodies that only some readers know."""
    known = zip(FORMS, (message.amp, message.calendar), strict=True)
    return {kind: body for kind, body in known if body is not None}


def files(message: Message) -> list[File]:
    """Give the attachments as they should arrive, and the invitation among them."""
    described_files = list(map(described, message.attachments))
    if message.calendar is None:
        return described_files
    invitation = message.calendar.replace("\n", "\r\n").encode()
    return [*described_files, ("invite.ics", "application/ics", invitation, "attachment")]


def fields(message: Message) -> Iterator[tuple[str, str]]:
    """Give the header fields that are neither the envelope's nor MIME's."""
    if message.priority:
        yield "Importance", message.priority
        yield "X-Priority", X_PRIORITY[message.priority]
    if message.unsubscribe:
        yield "List-Unsubscribe", ", ".join(f"<{uri}>" for uri in message.unsubscribe.uris)
    if message.unsubscribe and message.unsubscribe.one_click:
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    yield from message.headers


@given(messages(), st.booleans())
@example(simple(text="ends without a line end"), False)
@example(simple(text="x" * 76), False)
@example(simple(text="é" + "x" * 76), False)
@example(simple(text="trailing blank "), False)
@example(simple(text="é trailing blank "), True)
@example(simple(text="--=_alt_", html="From here\n.\n..\n"), False)
@example(simple(text="\f\v\x1c\x85\u2028"), True)
@example(simple(subject="=?utf-8?q?not_encoded?="), False)
@example(simple(subject="a" * 3000), False)
@example(simple(subject="a  " * 400 + "b"), False)
@example(simple(subject="团队 a  b 王 " + "long " * 30), False)
def test_a_message_comes_back_equal(message: Message, eight_bit: bool) -> None:
    mail = parse(message.to_bytes(eight_bit=eight_bit))
    assert mail.from_all == message.from_all
    assert mail.sender == message.sender
    assert mail.to == flatten(message.to)
    assert mail.cc == flatten(message.cc)
    assert mail.reply_to == flatten(message.reply_to)
    assert (mail.subject or "") == message.subject
    assert mail.date == message.date
    assert mail.message_id == message.message_id
    assert mail.in_reply_to == message.in_reply_to
    assert mail.references == message.references
    others = [pair for pair in mail.headers.items() if pair[0].startswith(("X-", "I", "List-"))]
    assert [pair for pair in others if pair[0] != "In-Reply-To"] == list(fields(message))
    assert (mail.text or None) == (message.text or None)
    assert (mail.html or None) == (message.html or None)
    bodies = [part for part in mail.walk() if part.content_type in FORMS and not part.disposition]
    assert {part.content_type: part.text for part in bodies} == forms(message)
    attached = [part for part in mail.attachments if part.disposition is not None]
    assert list(map(arrived, attached)) == files(message)
    assert [(part.content_id, part.content, part.content_type) for part in mail.inline] == [
        (part.content_id, part.content, part.content_type) for part in message.inline
    ]
    assert mail.defects == ()


@fewer
@given(messages(), st.booleans())
def test_the_octets_are_fit_for_smtp(message: Message, eight_bit: bool) -> None:
    raw = message.to_bytes(eight_bit=eight_bit)
    assert eight_bit or raw.isascii()
    assert b"\0" not in raw
    assert raw.endswith(b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@fewer
@given(messages(), st.booleans())
def test_every_way_of_writing_gives_the_same_octets(message: Message, eight_bit: bool) -> None:
    raw = message.to_bytes(eight_bit=eight_bit)
    assert raw == message.to_bytes(eight_bit=eight_bit)
    assert raw == b"".join(message.chunks(eight_bit=eight_bit))
    assert len(raw) == message.size(eight_bit=eight_bit)


@fewer
@given(messages())
def test_a_message_that_was_stored_as_json_is_the_same_mail(message: Message) -> None:
    stored = parse(Message.model_validate_json(message.model_dump_json()).to_bytes())
    mail = parse(message.to_bytes())
    assert (stored.subject, stored.to, stored.text, stored.html) == (
        (mail.subject, mail.to, mail.text, mail.html)
    )
    assert [part.content_type for part in stored.walk()] == [
        part.content_type for part in mail.walk()
    ]
    # What encloses them has other octets: a file may be encoded otherwise when it is in memory.
    leaves = [[part for part in each.walk() if not part.parts] for each in (stored, mail)]
    assert [*map(arrived, leaves[0])] == [*map(arrived, leaves[1])]


@fewer
@given(messages())
def test_a_message_that_was_kept_as_json_values_is_the_same(message: Message) -> None:
    stored = Message.model_validate(message.model_dump(mode="json"))
    assert stored == Message.model_validate_json(message.model_dump_json())


@fewer
@given(messages())
def test_a_message_that_was_kept_as_plain_values_is_the_same_mail(message: Message) -> None:
    assert Message.model_validate(message.model_dump()).to_bytes() == message.to_bytes()


@fewer
@given(messages())
def test_headers_are_ascii_where_bodies_need_not_be(message: Message) -> None:
    parts = parse(message.to_bytes(eight_bit=True)).walk()
    assert all(part.headers.raw.isascii() for part in parts)


@fewer
@given(messages())
def test_only_a_single_token_makes_a_header_line_longer_than_78(message: Message) -> None:
    for part in parse(message.to_bytes()).walk():
        for line in part.headers.raw.split(b"\r\n"):
            assert len(line) <= 78 or is_one_token(line), line


def is_one_token(line: bytes) -> bool:
    """Tell whether a header line could not be folded: after its name there is no space but in quotes."""
    value = re.sub(rb"^[!-9;-~]+: ", b"", line).strip(b" ")
    return b" " not in re.sub(rb'"(?:[^"\\]|\\.)*"', b"", value)


@fewer
@given(messages())
def test_there_is_no_field_that_was_not_asked_for(message: Message) -> None:
    asked = ["from", "date", "message-id", "mime-version", "content-type"]
    asked += [name.lower() for name, _ in fields(message)]
    optional = ("sender", "to", "cc", "reply_to", "subject", "in_reply_to", "references")
    asked += [name.replace("_", "-") for name in optional if getattr(message, name)]
    mail = parse(message.to_bytes())
    if not mail.parts:
        asked.append("content-transfer-encoding")
    assert sorted(name.lower() for name in mail.headers) == sorted(asked)


@fewer
@given(messages(), st.lists(addresses(), max_size=3))
def test_blind_copies_leave_no_trace(message: Message, hidden: list[Address]) -> None:
    assert message.replace(bcc=hidden).to_bytes() == message.replace(bcc=()).to_bytes()


@fewer
@given(messages())
def test_a_boundary_stands_in_no_part(message: Message) -> None:
    raw = message.to_bytes()
    for part in parse(raw).walk():
        if part.parts:
            boundary = re.search(
                rb'boundary="([^"]+)"', part.headers.get_raw("content-type") or b""
            )
            assert boundary is not None
            assert raw.count(b"--" + boundary[1]) == len(part.parts) + 1


@given(addresses(foreign=True))
def test_a_foreign_local_part_is_written_in_utf8_and_comes_back(address: Address) -> None:
    message = simple(to=address)
    raw = message.to_bytes()
    assert message.needs_smtputf8
    assert f"{address.addr_spec}".encode() in raw
    assert list(parse(raw).to) == [address]


@given(groups(), addresses())
def test_a_group_ends_where_it_should(group: Group, after: Address) -> None:
    mail = parse(simple(to=[group, after]).to_bytes())
    assert mail.to == (*group.members, after)


# --- what the standard library reads ---


@given(messages(texts=readable_texts, ids=proper_ids))
def test_the_standard_library_reads_the_same(message: Message) -> None:
    peer = email.message_from_bytes(message.to_bytes(), policy=email.policy.default)
    assert isinstance(peer, EmailMessage)
    for name in ("from", "to", "cc", "reply-to", "sender"):
        assert their_addresses(peer, name) == our_addresses(message, name)
    assert (peer["subject"] or "") == message.subject
    assert peer["date"].datetime == message.date
    assert peer["message-id"] == message.message_id
    assert peer["in-reply-to"] == message.in_reply_to
    assert tuple((peer["references"] or "").split()) == message.references
    for name, value in fields(message):
        assert value in map(without_fold, peer.get_all(name, []))
    assert their_body(peer, "plain") == (message.text or "")
    assert their_body(peer, "html") == (message.html or "")
    shown = [described(part) for part in message.inline]
    assert [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in peer.walk()
        if part.get_content_disposition()
    ] == [(unquoted(name), kind, octets) for name, kind, octets, _ in (*shown, *files(message))]


def our_addresses(message: Message, name: str) -> list[tuple[str, str]]:
    field = {"from": "from_all"}.get(name, name.replace("-", "_"))
    value = getattr(message, field)
    listed = flatten(value if isinstance(value, tuple) else [value] if value else [])
    return [(spaceless(one.name), bare(one.addr_spec)) for one in listed]


def their_addresses(peer: EmailMessage, name: str) -> list[tuple[str, str]]:
    listed = peer[name].addresses if name in peer else ()
    return [(spaceless(one.display_name), bare(one.addr_spec)) for one in listed]


def their_body(peer: EmailMessage, subtype: str) -> str:
    part = peer.get_body((subtype,))
    octets = b"" if part is None else part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return octets.decode().replace("\r\n", "\n")


def without_fold(value: str) -> str:
    """Give a value without the space of a fold right after the name, which stays since 3.12."""
    return value.removeprefix(" ")


def spaceless(name: str) -> str:
    """Give a display name without spaces: the library puts them between encoded-words (gh-128110)."""
    return name.replace(" ", "")


def unquoted(name: str) -> str:
    """Give a file name without quotes around the whole of it: the library takes them off once more."""
    return email.utils.unquote(name).strip()


def bare(addr_spec: str) -> str:
    """Give an addr-spec without quotes: the library drops those that it finds needless, and `""`."""
    local, _, domain = addr_spec.rpartition("@")
    if local.startswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return f"{local}@{domain}"


# --- injection: each field is tried with all that ends a line somewhere ---

FIELDS: dict[str, Callable[[str], Message]] = {
    "subject": lambda text: simple(subject=text),
    "name": lambda text: simple(to=Address(name=text, email="b@example.org")),
    "local part": lambda text: simple(to=Address(email=f"{text}@example.org")),
    "quoted local part": lambda text: simple(to=Address(email=f'"{text}"@example.org')),
    "domain": lambda text: simple(to=Address(email=f"b@{text}")),
    "parsed address": lambda text: simple(to=f"{text} <b@example.org>"),
    "group": lambda text: simple(to=Group(name=text)),
    "message id": lambda text: simple(message_id=f"<{text}>"),
    "in reply to": lambda text: simple(in_reply_to=f"<{text}>"),
    "references": lambda text: simple(references=[f"<{text}>"]),
    "unsubscribe": lambda text: simple(unsubscribe=f"https://example.org/{text}"),
    "header name": lambda text: simple(headers={text: "x"}),
    "header": lambda text: simple(headers={"X-Text": text}),
    "file name": lambda text: simple(attachments=[Attachment(content=b"x", filename=text)]),
    "content type": lambda text: simple(
        attachments=[Attachment(content=b"x", content_type=f'text/csv; a="{text}"')]
    ),
    "content id": lambda text: simple(html="x", inline={text: b"x"}),
}


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", "\n "], ids=ascii)
@pytest.mark.parametrize("field", FIELDS)
def test_a_line_end_is_refused_in(field: str, end: str) -> None:
    with pytest.raises(ConfigurationError):
        FIELDS[field](f"x{end}Bcc:evil@example.net")


@pytest.mark.parametrize(
    "end",
    [
        "\v",
        "\f",
        "\x1c",
        "\x1e",
        "\x85",
        "\u2028",
        "\u2029",
        "=?utf-8?q?=0D=0A?=",
        "%0D%0A",
        "\\r\\n",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("field", FIELDS)
def test_what_others_take_for_a_line_end_does_no_harm_in(field: str, end: str) -> None:
    try:
        raw = FIELDS[field](f"x{end}Bcc:evil@example.net").to_bytes()
    except ConfigurationError:
        raw = b""
    else:
        assert "bcc" not in email.message_from_bytes(raw, policy=email.policy.default)
    assert not re.search(rb"(?m)^Bcc", raw)
    assert raw.isascii()
    assert re.search(rb"[\x0b\x0c\x1c\x1e]", raw) is None
