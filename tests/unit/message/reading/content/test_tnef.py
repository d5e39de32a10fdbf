import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.rtf import TOKENS
from mailcore.message.reading.content.tnef import (
    ATTRIBUTES,
    DEPTH,
    FILES,
    TNEF,
    TNEFFile,
    read_tnef,
)
from tests.tnef import (
    ATTACHMENT,
    ATTACHMENT_PROPERTIES,
    BINARY,
    BODY,
    DATA,
    IMESSAGE,
    ISTORAGE,
    LONG,
    MESSAGE,
    MESSAGE_CLASS,
    OBJECT,
    REND_DATA,
    STRING8,
    SUBJECT,
    TITLE,
    UNICODE,
    attachment,
    attribute,
    message,
    properties,
    stream,
)


def read(octets: bytes) -> TNEF:
    tnef = read_tnef(octets)
    assert tnef is not None
    return tnef


def utf16(text: str) -> bytes:
    return f"{text}\0".encode("utf-16-le")


def uncompressed(rtf: bytes) -> bytes:
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


@pytest.mark.parametrize("octets", [b"", b"\x78\x9f\x3e", b"MZ", b"PK\3\4"])
def test_what_has_not_the_signature_is_no_tnef(octets: bytes) -> None:
    assert read_tnef(octets) is None


def test_a_message_has_subject_class_and_text() -> None:
    tnef = read(
        stream(
            attribute(MESSAGE, SUBJECT, b"Gr\xfc\xdfe\0"),
            attribute(MESSAGE, MESSAGE_CLASS, b"IPM.Microsoft Mail.Note\0"),
            attribute(MESSAGE, BODY, b"one\r\ntwo\0"),
        )
    )
    assert tnef == ((), "one\ntwo", None, None, "Grüße", "IPM.Microsoft Mail.Note", False)


def test_properties_tell_more_than_attributes() -> None:
    written = {
        (UNICODE, 0x37): utf16("你好"),
        (STRING8, 0x1000): b"text\0",
        (STRING8, 0x1A): b"IPM\0",
    }
    tnef = read(stream(attribute(MESSAGE, SUBJECT, b"??\0"), message(written)))
    assert (tnef.subject, tnef.text, tnef.message_class) == ("你好", "text", "IPM")


def test_eight_bit_text_is_in_the_code_page_of_the_stream() -> None:
    octets = "Привет".encode("cp1251")
    written = {(STRING8, 0x1000): octets + b"\0"}
    tnef = read(stream(attribute(MESSAGE, SUBJECT, octets), message(written), page=1251))
    assert (tnef.subject, tnef.text) == ("Привет", "Привет")


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ({(BINARY, 0x1013): "<p>é".encode(), (LONG, 0x3FDE): struct.pack("<I", 65001)}, "<p>é"),
        ({(BINARY, 0x1013): b"<p>\xc1", (LONG, 0x3FDE): struct.pack("<I", 20866)}, "<p>а"),
        ({(BINARY, 0x1013): "<p>é\0".encode()}, "<p>é"),
        ({(UNICODE, 0x1013): utf16("<p>é")}, "<p>é"),
    ],
)
def test_html_is_in_the_code_page_that_is_named_for_it(
    written: dict[tuple[int, int], bytes], html: str
) -> None:
    assert read(stream(message(written))).html == html


def test_html_is_taken_out_of_rtf() -> None:
    rtf = rb"{\rtf1\fromhtml1{\*\htmltag64 <p>}a\htmlrtf\par\htmlrtf0}"
    tnef = read(stream(message({(BINARY, 0x1009): uncompressed(rtf)})))
    assert (tnef.html, tnef.text, tnef.rtf, tnef.is_damaged) == ("<p>a", None, rtf, False)


def test_rtf_that_is_too_long_to_be_read_whole_is_damaged() -> None:
    rtf = rb"{\rtf1 a" + b"{}" * TOKENS + b"}"
    tnef = read(stream(message({(BINARY, 0x1009): uncompressed(rtf)})))
    assert (tnef.text, tnef.is_damaged) == ("a", True)


def test_text_is_taken_out_of_rtf_where_there_is_no_other() -> None:
    rtf = rb"{\rtf1 a\par b}"
    assert read(stream(message({(BINARY, 0x1009): uncompressed(rtf)}))).text == "a\nb"
    written = {(BINARY, 0x1009): uncompressed(rtf), (STRING8, 0x1000): b"own\0"}
    assert read(stream(message(written))).text == "own"


def test_broken_rtf_is_damage() -> None:
    assert read(stream(message({(BINARY, 0x1009): b"none"}))).is_damaged


def test_files_come_in_order_with_name_type_and_id() -> None:
    written = {
        (STRING8, 0x3704): b"LONGNA~1.PNG\0",
        (UNICODE, 0x3707): utf16("长 name.png"),
        (STRING8, 0x370E): b"Image/PNG\0",
        (STRING8, 0x3712): b"<logo@x>\0",
    }
    tnef = read(stream(attachment(data=b"one"), attachment(b"LONGNA~1.PNG\0", b"two", written)))
    assert tnef.files == (
        TNEFFile("a.bin", None, b"one", None),
        TNEFFile("长 name.png", "image/png", b"two", "logo@x"),
    )


@pytest.mark.parametrize(
    "attributes",
    [
        [(DATA, b"x"), (TITLE, b"n\0")],  # no rendering data
        [(REND_DATA, b""), (DATA, b"x"), (TITLE, b"n\0")],  # data before name
        [(REND_DATA, b""), (ATTACHMENT_PROPERTIES, properties({(STRING8, 0x3001): b"n\0", (BINARY, 0x3701): b"x"}))],
    ],
)  # fmt: skip
def test_a_file_is_put_together_from_what_there_is(attributes: list[tuple[int, bytes]]) -> None:
    tnef = read(stream(*(attribute(ATTACHMENT, *each) for each in attributes)))
    assert tnef.files == (TNEFFile("n", None, b"x", None),)


def test_nothing_from_outside_breaks_a_line() -> None:
    written = {
        (UNICODE, 0x3707): utf16("a\r\nb"),
        (STRING8, 0x370E): b"text/plain\r\nX: y\0",
        (STRING8, 0x3712): b"<a\r\nb>\0",
    }
    (file,) = read(stream(attachment(data=b"", written=written))).files
    assert file == TNEFFile("a  b", None, b"", "a  b")


def test_an_object_that_is_no_message_is_a_file() -> None:
    (file,) = read(stream(attachment(written={(OBJECT, 0x3701): ISTORAGE + b"ole"}))).files
    assert file.content == b"ole"


def test_an_attached_message_gives_its_text_and_its_files() -> None:
    inner = stream(message({(UNICODE, 0x1000): utf16("Hé")}), attachment(b"in.txt\0", b"in"))
    written = {(OBJECT, 0x3701): IMESSAGE + inner, (UNICODE, 0x3001): utf16("Re: you")}
    tnef = read(stream(attachment(b"\0", written=written), attachment(data=b"out")))
    assert tnef.files == (
        TNEFFile("Re: you.txt", "text/plain", "\ufeffHé".encode(), None),
        TNEFFile("in.txt", None, b"in", None),
        TNEFFile("a.bin", None, b"out", None),
    )


def test_messages_deeper_than_the_limit_are_files() -> None:
    octets = stream(attachment(data=b"deep"))
    for _ in range(DEPTH):
        octets = stream(attachment(written={(OBJECT, 0x3701): IMESSAGE + octets}))
    assert [file.content for file in read(octets).files] == [b"deep"]
    (file,) = read(stream(attachment(written={(OBJECT, 0x3701): IMESSAGE + octets}))).files
    assert (file.filename, file.content_type) == ("a.bin.dat", "application/ms-tnef")
    assert read(file.content).files[0].content == b"deep"


# --- damage ---


def test_a_wrong_checksum_is_damage_and_loses_nothing() -> None:
    octets = bytearray(stream(attachment(data=b"one")))
    octets[-1] ^= 1
    tnef = read(bytes(octets))
    assert tnef.is_damaged
    assert tnef.files[0].content == b"one"


def test_the_checksum_is_right_for_much_of_the_highest_octet() -> None:
    assert not read(stream(attachment(data=b"\xff" * 100_000))).is_damaged


@pytest.mark.parametrize(
    ("end", "is_damaged"),
    [(b"", False), (b"\0\0\0", False), (b"\r\n", False), (b"garbage at the end", True)],
)
def test_garbage_at_the_end_is_damage(end: bytes, is_damaged: bool) -> None:
    tnef = read(stream(attachment(data=b"one")) + end)
    assert (tnef.files[0].content, tnef.is_damaged) == (b"one", is_damaged)


def test_a_stream_that_was_cut_gives_the_beginning() -> None:
    tnef = read(stream(attachment(data=b"one"), attachment(data=b"x" * 100))[:-50])
    assert [file.content for file in tnef.files] == [b"one", b"x" * 52]
    assert tnef.is_damaged


def test_more_files_than_the_limit_are_left() -> None:
    tnef = read(stream(*[attachment(data=b"")] * (FILES + 1)))
    assert (len(tnef.files), tnef.is_damaged) == (FILES, True)


def test_more_attributes_than_the_limit_are_left() -> None:
    tnef = read(stream(*[attribute(MESSAGE, 0, b"")] * ATTRIBUTES, attachment(data=b"")))
    assert (tnef.files, tnef.is_damaged) == ((), True)


WHOLE = stream(
    attribute(MESSAGE, SUBJECT, b"s\0"),
    message({(UNICODE, 0x1000): utf16("text"), (BINARY, 0x1009): uncompressed(rb"{\rtf1 a}")}),
    attachment(
        written={
            (OBJECT, 0x3701): IMESSAGE + stream(attachment(data=b"in")),
            (UNICODE, 0x3707): utf16("n"),
        }
    ),
)


@given(st.lists(st.tuples(st.integers(4, len(WHOLE) - 1), st.integers(0, 255))), st.integers(4))
def test_no_change_of_a_stream_raises(changes: list[tuple[int, int]], end: int) -> None:
    octets = bytearray(WHOLE)
    for position, octet in changes:
        octets[position] = octet
    tnef = read(bytes(octets[:end]))
    for text in (tnef.text, tnef.html, tnef.subject, *(file.filename for file in tnef.files)):
        assert text is None or text.encode() is not None


@given(st.binary())
def test_no_octets_behind_the_signature_raise(octets: bytes) -> None:
    assert isinstance(read(b"\x78\x9f\x3e\x22" + octets), TNEF)
