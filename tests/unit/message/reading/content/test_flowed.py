import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.flowed import unflow


@pytest.mark.parametrize(
    ("flowed", "text"),
    [
        ("one \ntwo \nthree\nfour\n", "one two three\nfour\n"),
        ("one \r\ntwo\r\n", "one two\n"),
        ("one\n\ntwo", "one\n\ntwo"),
        (" From here\n  indented\n > no quote\n", "From here\n indented\n> no quote\n"),
        ("> a \n> b\n>> c \n>> d\ne", "> a b\n>> c d\ne"),
        (">a \n>b\n", "> a b\n"),
        (">\n> a", ">\n> a"),
        ("one \n> quoted", "one\n> quoted"),
        ("text \n-- \nname \nsite", "text\n-- \nname site"),
        ("> -- \n> name", "> -- \n> name"),
        ("one ", "one"),
        ("", ""),
    ],
)
def test_soft_line_breaks_are_undone(flowed: str, text: str) -> None:
    assert unflow(flowed, deletes_space=False) == text


@pytest.mark.parametrize(
    ("flowed", "text"),
    [
        ("para \ngraph  \nflows", "paragraph flows"),
        ("测 \n试", "测试"),
        (">quoted \n>text", "> quotedtext"),
        ("a \n-- \nsig", "a\n-- \nsig"),
    ],
)
def test_delsp_deletes_the_space_before_the_break(flowed: str, text: str) -> None:
    assert unflow(flowed, deletes_space=True) == text


@given(st.lists(st.text("abc", min_size=1)))
def test_fixed_lines_stay_as_they_are(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert unflow(text, deletes_space=False) == text


@given(st.text("> -a\n\r"), st.booleans())
def test_no_letter_is_lost(text: str, deletes_space: bool) -> None:
    assert unflow(text, deletes_space=deletes_space).count("a") == text.count("a")
