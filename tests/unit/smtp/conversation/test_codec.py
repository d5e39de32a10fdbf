import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.errors import ConfigurationError, ProtocolBroken
from mailcore.reply import Reply
from mailcore.secret import Secret
from mailcore.smtp.conversation.codec import (
    REPLY_LINE_LIMIT,
    REPLY_LINES_LIMIT,
    ReplyReader,
    command_line,
    decode_challenge,
    decode_text,
    encode_response,
    read_extensions,
    stuff_dots,
)


def read(*pieces: bytes) -> list[Reply]:
    reader = ReplyReader()
    replies = []
    for piece in pieces:
        reader.feed(piece)
        while (reply := reader.next()) is not None:
            replies.append(reply)
    return replies


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"250 ok\r\n", Reply(250, ("ok",))),
        (b"250-one\r\n250-two\r\n250 three\r\n", Reply(250, ("one", "two", "three"))),
        (b"250\r\n", Reply(250, ("",))),
        (b"250-\r\n250 \r\n", Reply(250, ("", ""))),
        (b"250 bare line feed\n", Reply(250, ("bare line feed",))),
        (b"250-one\r\n250\r\n", Reply(250, ("one", ""))),
    ],
)
def test_replies_are_read(data: bytes, reply: Reply) -> None:
    assert read(data) == [reply]


DIALOGUE = b"220 welcome\r\n250-one\r\n250-\xe4\xbd\xa0\r\n250 three\r\n354 go\r\n"


@given(st.lists(st.integers(0, len(DIALOGUE)), max_size=8))
def test_any_pieces_give_the_same_replies(cuts: list[int]) -> None:
    edges = sorted({0, len(DIALOGUE), *cuts})
    pieces = [DIALOGUE[start:end] for start, end in itertools.pairwise(edges)]
    assert read(*pieces) == read(DIALOGUE)


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n",
        b"25 short\r\n",
        b"199 too low\r\n",
        b"600 too high\r\n",
        b"250+strange\r\n",
        b"\r\n",
        b"250-one\r\n251 two\r\n",
        b"+OK this is POP3\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
    ],
)
def test_what_is_no_reply_breaks_the_protocol(data: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"250 " + b"x" * (REPLY_LINE_LIMIT + 1),
        b"250 " + b"x" * (REPLY_LINE_LIMIT + 1) + b"\r\n",
        b"250-x\r\n" * (REPLY_LINES_LIMIT + 1),
    ],
    ids=["a line without end", "a long line", "many lines"],
)
def test_a_reply_beyond_its_limits_breaks_the_protocol(data: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        read(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_replies_or_a_broken_protocol(data: bytes) -> None:
    try:
        replies = read(data)
    except ProtocolBroken:
        return
    assert all(200 <= reply.code < 600 for reply in replies)


def test_a_reader_knows_whether_something_is_left() -> None:
    reader = ReplyReader()
    reader.feed(b"220 go ahead\r\n250 forged")
    assert reader.next() == Reply(220, ("go ahead",))
    assert not reader.is_empty


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("déjà vu".encode(), "déjà vu"),
        ("请使用授权码登录".encode("gb18030"), "请使用授权码登录"),
        (b"caf\xe9", "café"),
    ],
    ids=["UTF-8", "GB18030", "Latin-1"],
)
def test_a_servers_words_are_read_whatever_their_charset(data: bytes, text: str) -> None:
    assert decode_text(data) == text


def test_ehlo_tells_what_the_server_can() -> None:
    lines = ("mx.example hello", "SIZE 1000", "8bitmime", "AUTH PLAIN login", "STARTTLS")
    extensions = read_extensions(Reply(250, lines))
    assert extensions.size_limit == 1000
    assert extensions.mechanisms == {"PLAIN", "LOGIN"}
    assert "8BITMIME" in extensions
    assert "SMTPUTF8" not in extensions


def test_control_characters_in_a_servers_words_are_replaced() -> None:
    (reply,) = read(b"550 \x1b[31mred\x07\ttab\x00\r\n")
    assert reply.text == "\ufffd[31mred\ufffd\ttab\ufffd"


@pytest.mark.parametrize("size", ["SIZE " + "9" * 5000, "SIZE", "SIZE 0", "SIZE lots", "SIZE ²"])
def test_a_size_without_a_limit_is_none(size: str) -> None:
    assert read_extensions(Reply(250, ("hello", size))).size_limit is None


def test_empty_and_old_fashioned_lines_are_borne_with() -> None:
    lines = ("hello", "", "AUTH=LOGIN", "AUTH PLAIN", " PIPELINING ")
    extensions = read_extensions(Reply(250, lines))
    assert extensions.mechanisms == {"LOGIN", "PLAIN"}
    assert "PIPELINING" in extensions


def test_a_reply_without_lines_offers_nothing() -> None:
    assert not read_extensions(Reply(250)).keywords


def test_a_command_is_its_words_and_crlf() -> None:
    assert command_line("MAIL", "FROM:<用户@example.org>", "SMTPUTF8") == (
        "MAIL FROM:<用户@example.org> SMTPUTF8\r\n".encode()
    )


@pytest.mark.parametrize("character", ["\r", "\n", "\0", "\x7f", "\x1b"])
def test_control_characters_do_not_get_into_a_command(character: str) -> None:
    with pytest.raises(ConfigurationError):
        command_line("RCPT", f"TO:<a@example.org>{character}DATA")


def test_a_command_does_not_show_a_secret() -> None:
    line = command_line("AUTH", "PLAIN", Secret("hush"))
    assert bytes(line) == b"AUTH PLAIN hush\r\n"
    assert "hush" not in repr(line)


def test_a_response_is_base64_and_secret() -> None:
    assert encode_response(b"\0me\0hush").reveal() == "AG1lAGh1c2g="


def test_a_challenge_is_base64_or_the_words_themselves() -> None:
    assert decode_challenge("VXNlcm5hbWU6") == b"Username:"
    assert decode_challenge("Who are you?") == b"Who are you?"


def test_dots_that_begin_lines_are_doubled_and_the_end_is_a_dot() -> None:
    assert list(stuff_dots([b".a\r\n..b\r\nc.d\r\n"])) == [b"..a\r\n...b\r\nc.d\r\n", b".\r\n"]


BODY = b".\r\n..\r\na.b\r\n.c\r\n\r\n.\r\n"


@given(st.lists(st.integers(0, len(BODY)), max_size=8))
def test_dots_are_doubled_wherever_the_pieces_are_cut(cuts: list[int]) -> None:
    edges = sorted({0, len(BODY), *cuts})
    pieces = [BODY[start:end] for start, end in itertools.pairwise(edges)]
    assert b"".join(stuff_dots([b"", *pieces])) == b"".join(stuff_dots([BODY]))


@given(st.binary())
def test_undoing_the_dots_gives_the_message_back(data: bytes) -> None:
    message = data.replace(b"\r", b"").replace(b"\n", b"\r\n") + b"\r\n"
    wire = b"".join(stuff_dots([message]))
    assert wire.endswith(b".\r\n")
    lines = wire.removesuffix(b".\r\n").split(b"\r\n")
    assert b"." not in lines
    assert b"\r\n".join(line.removeprefix(b".") for line in lines) == message
