import time
import warnings

import pytest
from bs4.element import Tag
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.html.soup import attribute, selectors, walk


def show(html: str, skipped: str = "") -> str:
    def name(node: Tag | str, *, opens: bool) -> str:
        if isinstance(node, str):
            return node
        return f"<{'' if opens else '/'}{node.name}>"

    steps = walk(html, skip=lambda tag: tag.name == skipped)
    return "".join(name(node, opens=opens) for node, opens in steps)


def test_each_element_opens_and_closes_around_what_is_in_it() -> None:
    assert show("a<p>b<b>c</b></p>d") == "<body>a<p>b<b>c</b></p>d</body>"


def test_what_is_left_open_is_closed_and_what_was_never_open_is_not() -> None:
    assert show("</div><p>a<b>c</p>d") == "<body><p>a<b>c</b></p>d</body>"


def test_what_is_skipped_is_left_out_with_all_in_it() -> None:
    assert show("a<p>b<b>c</b></p>d", skipped="p") == "<body>ad</body>"


def test_the_first_of_two_equal_attributes_holds() -> None:
    found = [node for node, _ in walk("<p class='a b' class=c>", skip=lambda _: False)]
    assert isinstance(found[1], Tag)
    assert attribute(found[1], "class") == "a b"
    assert attribute(found[1], "id") == ""


def test_an_element_has_the_selectors_of_its_classes_and_its_id() -> None:
    found = [node for node, _ in walk("<p class='a  b' id=c>", skip=lambda _: False)]
    assert isinstance(found[1], Tag)
    assert selectors(found[1]) == {".a", ".b", "#c"}


@given(st.text(alphabet="<>/!-[]?abp &#;x=\"'\n\ud800") | st.just("https://example.org/"))
def test_nothing_is_refused_and_nothing_warned_of(html: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert show(html).startswith("<body>")


@pytest.mark.parametrize("piece", ["<b><br>x", "<a href=x><img>x", "<i>x<s>x</s>x"])
def test_text_between_elements_in_a_deep_tree_takes_linear_time(piece: str) -> None:
    began = time.process_time()
    show(piece * 20_000)
    assert time.process_time() - began < 12  # it is a second or two; quadratic would be 20 seconds
