import pytest

from mailcore.errors import InvalidHeader
from mailcore.message import Message, Unsubscribe

PAGE = "https://example.org/unsubscribe/8a7b"
MAIL = "mailto:leave@example.org?subject=leave"
POST = ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def test_one_https_uri_means_one_click() -> None:
    assert list(Unsubscribe(uris=PAGE).fields()) == [("List-Unsubscribe", f"<{PAGE}>"), POST]


def test_a_mailto_beside_it_keeps_one_click() -> None:
    fields = list(Unsubscribe(uris=[MAIL, PAGE]).fields())
    assert fields == [("List-Unsubscribe", f"<{MAIL}>, <{PAGE}>"), POST]


@pytest.mark.parametrize("uris", [MAIL, "http://example.org/u", [PAGE, "https://example.org/2"]])
def test_nothing_else_means_one_click(uris: str | list[str]) -> None:
    assert Unsubscribe(uris=uris).one_click is False
    with pytest.raises(InvalidHeader, match="needs one https: URI"):
        Unsubscribe(uris=uris, one_click=True)


def test_other_uris_mean_one_click_or_not_by_themselves() -> None:
    unsubscribe = Unsubscribe(uris=PAGE)
    assert unsubscribe.model_copy(update={"uris": (MAIL,)}).one_click is False
    told = Unsubscribe(uris=PAGE, one_click=False)
    assert told.model_copy(update={"uris": (PAGE, MAIL)}).one_click is False


def test_a_page_that_asks_further_can_be_told_from_one_click() -> None:
    assert [name for name, _ in Unsubscribe(uris=PAGE, one_click=False).fields()] == [
        "List-Unsubscribe"
    ]


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "example.org/u",
        "ftp://example.org/u",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://[::1/",
        "https://example.org/a b",
        "https://example.org/>,<mailto:evil@example.org",
        "https://example.org/\r\nBcc: evil@example.org",
        "https://例え.jp/",
        f"https://example.org/{'x' * 801}",
    ],
)
def test_what_a_reader_could_not_follow_is_refused(uri: str) -> None:
    with pytest.raises(InvalidHeader, match=r"uris\[0\]: "):
        Unsubscribe(uris=uri)


def test_no_uri_at_all_is_refused() -> None:
    with pytest.raises(InvalidHeader, match="uris: "):
        Unsubscribe(uris=[])


@pytest.mark.parametrize(
    "given", [PAGE, [PAGE], (PAGE,), {PAGE}, iter([PAGE]), Unsubscribe(uris=PAGE), {"uris": PAGE}]
)
def test_a_message_takes_bare_uris(given: object) -> None:
    message = Message.model_validate({"from_": "a@b.c", "unsubscribe": given})
    assert message.unsubscribe == Unsubscribe(uris=PAGE)
    assert Message.model_validate_json(message.model_dump_json()) == message


def test_the_fields_may_be_given_as_headers_if_they_keep_the_rule() -> None:
    raw = Message(from_="a@b.c", headers=[("list-unsubscribe", f"<{PAGE}>"), POST]).to_bytes()
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


@pytest.mark.parametrize(
    "headers",
    [
        [POST],
        [("List-Unsubscribe", f"<{MAIL}>"), POST],
        [("List-Unsubscribe", "<http://example.org/>"), POST],
        [("List-Unsubscribe", "<https:x>"), POST],
        [("List-Unsubscribe", "<https:///x>"), POST],
        [("List-Unsubscribe", f"<{PAGE}>"), (POST[0], "One-Click")],
    ],
)
def test_headers_that_promise_one_click_in_vain_are_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidHeader, match="List-Unsubscribe-Post"):
        Message(from_="a@b.c", headers=headers)


def test_the_field_is_not_written_twice() -> None:
    with pytest.raises(InvalidHeader, match="written from unsubscribe already"):
        Message(from_="a@b.c", unsubscribe=PAGE, headers={"List-Unsubscribe": f"<{PAGE}>"})


@pytest.mark.parametrize("name", ["List-Unsubscribe", "list-unsubscribe-post"])
def test_neither_field_stands_twice(name: str) -> None:
    fields = [("List-Unsubscribe", f"<{PAGE}>"), POST, (name, dict([POST]).get(name, f"<{PAGE}>"))]
    with pytest.raises(InvalidHeader, match="can stand once only"):
        Message(from_="a@b.c", headers=fields)
