import pytest

from mailcore.message import Part, parse
from mailcore.message.reading.unpacking import Unpacked, unpack

UUENCODED = b"begin 644 a.txt\n#0V%T\n`\nend\n"
YENC = b"=ybegin line=128 size=3 name=b.bin\r\n\x6d\x8b\x9e\r\n=yend size=3\r\n"


def part(body: bytes, fields: bytes = b"") -> Part:
    raw = fields + b"\n" + body
    return Part(raw, 0, len(raw), number="3")


def test_a_uuencoded_file_becomes_a_part() -> None:
    files, rest, *_ = unpack(part(b"Hello\n" + UUENCODED + b"Bye\n"))
    assert [(file.number, file.filename, file.content) for file in files] == [
        ("3+1", "a.txt", b"Cat")
    ]
    assert (files[0].content_type, files[0].disposition) == ("text/plain", "attachment")
    assert rest == b"Hello\nBye\n"


def test_files_of_both_kinds_come_in_order() -> None:
    files, rest, *_ = unpack(part(YENC + UUENCODED))
    assert [(file.number, file.filename) for file in files] == [("3+1", "b.bin"), ("3+2", "a.txt")]
    assert files[0].content == bytes((octet - 42) % 256 for octet in b"\x6d\x8b\x9e")
    assert rest == b""


@pytest.mark.parametrize(
    "body", [b"begin 644 a.txt\n", b"I begin 3 things", b"=ybegin line=1 size=1 name=x\n"]
)
def test_a_text_without_files_is_left_alone(body: bytes) -> None:
    assert unpack(part(body)) == Unpacked()
    assert part(body).text == body.decode()


def test_what_is_no_tnef_is_left_alone() -> None:
    fields = b"Content-Type: application/ms-tnef; name=winmail.dat\n"
    assert unpack(part(b"x", fields)) == Unpacked()
    (attachment,) = parse(fields + b"\nx").attachments
    assert attachment.filename == "winmail.dat"


def test_a_name_beyond_ascii_is_kept() -> None:
    body = "begin 644 数据 1.csv\n#0V%T\n`\nend\n".encode()
    (file,) = unpack(part(body)).files
    assert file.filename == "数据 1.csv"


def test_damage_is_told() -> None:
    whole = part(b"begin 644 a.txt\n#0V%T\n")
    assert unpack(whole).is_damaged
    assert not unpack(part(UUENCODED)).is_damaged
