"""Values behind names that sound secret are found, however name and value are written."""

from time import process_time

import pytest

from mailcore.notices.scrubbing.names import SECRET_NAMES, SecretNames
from mailcore.notices.scrubbing.pairs import find_pairs


def found(text: str, names: SecretNames = SECRET_NAMES) -> list[str]:
    return [text[span.start : span.end] for span in find_pairs(text, text, names)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("password=abc", "abc"),
        ("password = abc, user = x", "abc"),
        ("PASSWORD: abc", "abc"),
        ("password='a b c', x", "a b c"),
        ("'password': \"it's\"", "it's"),
        ('"password" : "a\\"b", "x": 1', 'a\\"b'),
        ("{'token': b'abc'}", "abc"),
        ("environ['DB_PASSWORD'] = 'abc'", "abc"),
        ("('X-Api-Key', 'abc')", "abc"),
        ("('--pin', '1234')", "1234"),
        ("mysql --password abc --user x", "abc"),
        ("<token>a b</token>", "a b"),
        ('<input name="csrf" value="abc">', "abc"),
        ("user[password]=abc&x=1", "abc"),
        ("redirect=%2F%3Ftoken%3Dabc", "abc"),
        ("Pwd={a;b};X=1", "a;b"),
        ("cookies={'a': 'b'}", "'a': 'b'"),
        ("auth=('anna', 'abc')", "'anna', 'abc'"),
        (":password => 'abc'", "abc"),
        ("Cookie: a=b; c=d\nHost: x", "a=b; c=d"),
        ("Proxy-Authorization: Foo a, b", "Foo a, b"),
        ('Authorization: Digest a="b", c="d"', 'Digest a="b", c="d"'),
        ('Cookie: a="b"; c=d', 'a="b"; c=d'),
        ("curl -H 'Cookie: a=b; c=d' https://x", "a=b; c=d"),
        ('\\"token\\": \\"abc\\"', "abc"),
        ("&quot;token&quot;: &quot;a&amp;b&quot;", "a&amp;b"),
        ("token: Final[str] = 'abc'", "abc"),
        ("sent Basic YTpiYzEy to x", "YTpiYzEy"),
        ("Bearer abc-123.def", "abc-123.def"),
        ('Digest username="a b", response="c"', 'username="a b", response="c"'),
        ("İ password=abc", "abc"),
        ("dbPass=abc", "abc"),
    ],
)
def test_the_value_is_found(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    ["password", "password is wrong", "password=", "password == other", "token://x", "tokens: 300",
     "password=password", "password=self.password", "token: None", "The token, he said", "pass: 14",
     "basic authentication", "bearer credentials are missing", "user=anna", "compass: north", "--pass --x"],
)  # fmt: skip
def test_what_is_no_value_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_value_in_another_is_found() -> None:
    assert found('"dsn": "host=x password=abc"') == ["abc"]


def test_several_are_found() -> None:
    assert found("password=abc token='def' x=1 secret: ghi1") == ["abc", "def", "ghi1"]


def test_words_can_be_added_and_names_kept() -> None:
    names = SecretNames.of(also=["patient"], never=["token"])
    assert found("patient_id=77123, token=abc", names) == ["77123"]


def test_prose_is_told_from_structure() -> None:
    (prose,) = find_pairs("password: swordfish", "password:", SECRET_NAMES)
    (field,) = find_pairs('"password": "swordfish"', '"password":', SECRET_NAMES)
    assert prose.loose
    assert not field.loose


@pytest.mark.parametrize(
    "piece",
    ["token", "token=", "token='", 'token=\\"', "token: ", "token:a ", "'token', '", "<token>", "--token ",
     "token=&quot;", "token={", "basic ", "digest a=b", "digest a=b, ", "token" + " " * 50, "token\\\\"],
)  # fmt: skip
def test_the_time_it_takes_grows_with_the_text_only(piece: str) -> None:
    before = process_time()
    found(piece * (200_000 // len(piece)))
    assert process_time() - before < 3
