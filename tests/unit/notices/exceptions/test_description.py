"""Foreign objects come out as bounded text, whatever they do, and secrets not at all."""

import time
from collections import UserDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.notices.exceptions.description import NOTICE_LIMIT, VALUE_LIMIT, Describer, cleaned
from mailcore.notices.scrubbing import Harvest
from mailcore.notices.scrubbing.names import SecretNames


class Hostile:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error

    __repr__ = __str__


class QuietText(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return "hidden"


class Huge:
    def __repr__(self) -> str:
        return "x" * 50_000_000


class Slow:
    def __init__(self) -> None:
        self.asked = 0

    def __repr__(self) -> str:
        self.asked += 1
        time.sleep(0.02)
        return "slow"


class TrickyText(str):
    __slots__ = ()

    def __len__(self) -> int:
        return 3

    def __getitem__(self, key: object) -> str:
        raise KeyError(key)


def value(it: object) -> str:
    return Describer().value("name", it)


@pytest.mark.parametrize(
    "it",
    [
        {"password": "hunter2"},
        {"request": {"headers": {b"Cookie": "hunter2"}}},
        [("Authorization", "hunter2")],
        UserDict(token="hunter2"),
    ],
)
def test_values_under_secret_names_are_masked_inside_too(it: object) -> None:
    assert "hunter2" not in value(it)
    assert "***" in value(it)


def test_a_value_of_a_secret_name_is_masked() -> None:
    assert Describer().value("password", "hunter2") == "***"


@pytest.mark.parametrize(
    ("it", "text"),
    [
        ("a\nb", "'a\\nb'"),
        (b"\xff", "b'\\xff'"),
        ({"a": [1, None], "b": (2.5,)}, "{'a': [1, None], 'b': (2.5)}"),
        (list(range(12)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … 2 more]"),
        ([[[["deep"]]]], "[[[<list of 1>]]]"),
        ("x" * 1000, "'" + "x" * 400 + "'… (600 more)"),
    ],
)
def test_values_are_shown_as_python_writes_them_with_bounds(it: object, text: str) -> None:
    assert value(it) == text


def test_an_object_that_raises_is_named() -> None:
    described = Describer().text(Hostile(KeyError("x")), limit=100)
    assert described == "<Hostile, which raised KeyError when asked>"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_an_object_cannot_end_the_program_that_asks_it(error: BaseException) -> None:
    described = Describer().value("name", Hostile(error))
    assert described == f"<Hostile, which raised {type(error).__name__} when asked>"


@pytest.mark.parametrize(
    ("it", "text"),
    [
        ("https://user:hunter2@host/?token=abc", "'https://***@host/?token=***'"),
        ("ftp://hunter2@host/a@b", "'ftp://***@host/a@b'"),
        ("https://user:p@hunter2@host", "'https://***@host'"),
        ("/?page=2&api_key=hunter2&x=3#access_token=hunter2", "'/?page=2&api_key=***&x=3#access_token=***'"),
        (b"https://u:hunter2@host", "b'https://***@host'"),
        (["https://u:hunter2@host"], "['https://***@host']"),
        ("https://host/?page=2&q=a@b", "'https://host/?page=2&q=a@b'"),
        ("a=b; see://", "'a=b; see://'"),
    ],
)  # fmt: skip
def test_secrets_in_urls_are_masked(it: object, text: str) -> None:
    assert value(it) == text


def test_secrets_in_urls_are_masked_in_messages_and_reprs_too() -> None:
    error = ValueError("no https://u:hunter2@host")
    assert Describer().text(error, limit=100) == "no https://***@host"
    assert value(error) == "ValueError('no https://***@host')"


@given(st.integers(min_value=0, max_value=VALUE_LIMIT))
def test_a_cut_in_the_midst_of_a_secret_shows_nothing_of_it(before: int) -> None:
    url = "x" * before + " https://user:" + "ÄÖÜ" * 50 + "@host/"
    assert "Ä" not in value(url)
    assert "Ä" not in cleaned(url, 400)


@pytest.mark.parametrize(
    "text", ["://" * 100_000, "://a@" * 100_000, "?a" * 100_000, "?a=" * 100_000]
)
def test_masking_takes_a_time_that_text_cannot_stretch(text: str) -> None:
    before = time.monotonic()
    cleaned(text, 300_000)
    assert time.monotonic() - before < 5


def test_a_text_that_hides_itself_stays_hidden() -> None:
    assert value(QuietText("hunter2")) == "hidden"


def test_one_that_raises_inside_a_collection_leaves_the_others() -> None:
    assert value([1, Hostile(ValueError()), 3]) == (
        "[1, <Hostile, which raised ValueError when asked>, 3]"
    )


def test_a_huge_text_is_cut() -> None:
    assert value(Huge()) == "x" * VALUE_LIMIT + f"… ({50_000_000 - VALUE_LIMIT} more characters)"


def test_a_text_with_ways_of_its_own_comes_out_plain() -> None:
    described = Describer().text(TrickyText("hello"), limit=100)
    assert type(described) is str


def test_a_collection_that_holds_itself_ends() -> None:
    loop: list[object] = []
    loop.append(loop)
    assert value(loop) == "[[[<list of 1>]]]"


def test_after_its_patience_no_object_is_asked_any_more() -> None:
    describer, slow = Describer(patience=0.001), Slow()
    described = [describer.value("name", slow) for _ in range(10)]
    assert slow.asked == 1
    assert described[-1] == "<Slow, not asked: the ones before took too long>"


def test_after_so_many_characters_no_object_is_asked_any_more() -> None:
    describer = Describer()
    described = [describer.text("x" * 50_000, limit=50_000) for _ in range(10)]
    assert sum(map(len, described)) < NOTICE_LIMIT + 51_000
    assert described[-1] == "<str, not asked: the ones before said too much>"


@given(st.text(alphabet=st.characters(codec=None)))
def test_cleaned_text_can_be_encoded_and_has_no_controls(text: str) -> None:
    result = cleaned(text, 1000)
    assert all(char in "\n\t" or char.isprintable() or ord(char) > 159 for char in result)
    assert result.encode().decode() == result


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"]), max_size=50))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert cleaned(text, 50) == text


def test_the_names_and_the_scrubbing_can_be_given() -> None:
    describer = Describer(
        secret_names=SecretNames.of(also=["patient"]), scrub=lambda text: text.replace("77", "##")
    )
    assert describer.value("patient_id", 5) == "***"
    assert describer.value("x", {"patient": 5, "y": "a 77"}) == "{'patient': ***, 'y': 'a ##'}"
    assert describer.value("x", b"a 77 \xff") == "b'a ## \\xff'"
    assert describer.text("b 77", limit=10) == "b ##"


def test_what_is_cut_off_is_scrubbed_as_such() -> None:
    harvest = Harvest(["hunter2-" * 300])
    text = "x" * 90 + "hunter2-" * 300
    assert cleaned(text, 100, scrub=harvest.mask) == "x" * 90 + "***… (2390 more characters)"
