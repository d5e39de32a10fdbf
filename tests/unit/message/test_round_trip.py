"""What is composed comes back equal: by `parse`, and by the standard library where that is right."""

import email
import email.policy
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage

from hypothesis import example, given
from hypothesis import strategies as st

from mailcore.message import Address, Attachment, Group, Message, parse

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

encodable = st.characters(codec="utf-8")
one_line = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=120)
ascii_line = st.text(st.sampled_from(' "\\,;:<>@()[]=?abcXYZ019._-'), max_size=120)
lines = one_line | ascii_line
bodies = st.text(encodable, max_size=400) | st.text(st.sampled_from("ab =.\n\t-_?é"), max_size=400)
local_parts = st.text(st.sampled_from("abc019!#$%&'*+/=?^_`{|}~-"), min_size=1, max_size=20)
domains = st.sampled_from(["example.org", "EXAMPLE.com", "例え.jp", "[192.0.2.1]", "localhost"])
addresses = st.builds(
    lambda local, domain, name: Address(email=f"{local}@{domain}", name=name),
    local_parts,
    domains,
    lines,
)
filenames = lines.filter(bool)
attachments = st.builds(
    lambda filename, content: Attachment(filename=filename, content=content),
    filenames,
    st.binary(max_size=300),
)
moments = st.datetimes(min_value=datetime(1000, 1, 1)).map(  # noqa: DTZ001 - the zone is added
    lambda moment: moment.replace(tzinfo=timezone(timedelta(minutes=moment.minute * 12 - 360)))
)
message_ids = st.text(st.sampled_from("abcXYZ019.@=_-"), min_size=1, max_size=60).map("<{}>".format)


def recipients(addresses: tuple[Address | Group, ...]) -> tuple[object, ...]:
    return tuple(addresses)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    html = draw(st.none() | bodies)
    names = st.text(st.sampled_from("abc019.@"), min_size=1, max_size=9)
    return Message(
        from_=draw(addresses),
        to=draw(st.lists(addresses, max_size=4)),
        cc=draw(st.lists(addresses, max_size=2)),
        bcc=draw(st.lists(addresses, max_size=2)),
        reply_to=draw(st.lists(addresses, max_size=2)),
        sender=draw(st.none() | addresses),
        subject=draw(lines),
        text=draw(st.none() | bodies),
        html=html,
        attachments=draw(st.lists(attachments, max_size=3)),
        inline={}
        if html is None
        else draw(st.dictionaries(names, st.binary(max_size=99), max_size=2)),
        date=draw(st.none() | moments),
        message_id=draw(st.none() | message_ids),
        in_reply_to=draw(st.none() | message_ids),
        references=draw(st.lists(message_ids, max_size=9)),
        headers=[("X-Text", draw(lines))],
    ).finalise(now=NOW)


def simple(subject: str = "", text: str | None = None, html: str | None = None) -> Message:
    return Message(from_="a@example.org", subject=subject, text=text, html=html).finalise(now=NOW)


@given(messages())
@example(simple(text="ends without a line end"))
@example(simple(text="x" * 76))
@example(simple(text="é" + "x" * 76))
@example(simple(text="trailing blank "))
@example(simple(text="é trailing blank "))
@example(simple(text="--=_alt_", html="From here\n.\n..\n"))
@example(simple(text="\f\v\x1c\x85\u2028"))
@example(simple(subject="=?utf-8?q?not_encoded?="))
@example(simple(subject="a" * 3000))
@example(simple(subject="a  " * 400 + "b"))
@example(simple(subject="团队 a  b 王 " + "long " * 30))
def test_a_message_comes_back_equal(message: Message) -> None:
    mail = parse(message.to_bytes())
    assert mail.from_all == message.from_all
    assert mail.sender == message.sender
    assert mail.to == recipients(message.to)
    assert mail.cc == recipients(message.cc)
    assert mail.reply_to == recipients(message.reply_to)
    assert mail.bcc == ()
    assert (mail.subject or "") == message.subject
    assert mail.headers.get("x-text") == dict(message.headers).get("X-Text")
    assert mail.date == message.date
    assert mail.message_id == message.message_id
    assert mail.in_reply_to == message.in_reply_to
    assert mail.references == message.references
    assert (mail.text or None) == (message.text or None)
    assert (mail.html or None) == (message.html or None)
    assert [
        (part.filename, part.content, part.content_type, part.disposition)
        for part in mail.attachments
    ] == [
        (part.filename, part.content, part.content_type, part.disposition)
        for part in message.attachments
    ]
    assert [(part.content_id, part.content, part.content_type) for part in mail.inline] == [
        (part.content_id, part.content, part.content_type) for part in message.inline
    ]
    assert mail.defects == ()


@given(messages())
def test_the_bytes_are_fit_for_smtp(message: Message) -> None:
    raw = message.to_bytes()
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.endswith(b"\r\n")
    bare = raw.replace(b"\r\n", b"")
    assert b"\r" not in bare
    assert b"\n" not in bare
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert len(raw) == message.size()
    assert raw == message.to_bytes()


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]) | st.just(" "),
        max_size=200,
    )
)
def test_header_lines_keep_to_78_characters_where_words_allow(subject: str) -> None:
    words = " ".join(word[:60] for word in subject.split())
    header = simple(subject=words).to_bytes().partition(b"\r\n\r\n")[0]
    assert max(map(len, header.split(b"\r\n"))) <= 78


# Short, since the standard library puts spaces between the encoded-words of a display name.
visible = st.characters(
    min_codepoint=32,
    max_codepoint=0x2FFF,
    exclude_categories=["C", "Z", "Mn"],
    include_characters=" ",
)
names = st.text(visible, max_size=12)


@given(
    names, names.map(str.strip), bodies.filter(lambda text: "\r" not in text and "\0" not in text)
)
def test_the_standard_library_reads_the_same(name: str, filename: str, text: str) -> None:
    message = Message(
        from_=Address(email="a@example.org", name=name),
        subject=name,
        text=text,
        attachments=[Attachment(filename=filename or "x", content=b"\0\1")],
    )
    peer = email.message_from_bytes(message.to_bytes(), policy=email.policy.default)
    assert isinstance(peer, EmailMessage)
    assert peer["from"].addresses[0].addr_spec == "a@example.org"
    assert peer["from"].addresses[0].display_name == name
    assert (peer["subject"] or "") == name
    body = peer.get_body()
    assert body is not None
    assert body.get_payload(decode=True).decode() == text.replace("\n", "\r\n")  # type: ignore[union-attr] # it has no parts
    assert [part.get_filename() for part in peer.iter_attachments()] == [filename or "x"]
