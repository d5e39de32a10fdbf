import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message import Part
from mailcore.message.reading.cids import (
    find_cids,
    index_by_cid,
    names_by_cid,
    read_cid,
    replace_cids,
)


def part(content_id: str, content: str = "") -> Part:
    raw = f"Content-ID: <{content_id}>\n\n{content}".encode()
    return Part(raw, 0, len(raw))


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ('<img src="cid:a@b">', ["a@b"]),
        ("<img src = ' CID:a@b '>", ["a@b"]),
        ("<img src=cid:a@b>", ["a@b"]),
        ("<img src=cid:image(1)@x alt=y>", ["image(1)@x"]),
        ('<img src="cid:Logo (1).png">', ["Logo (1).png"]),
        ('<img src="cid:it\'s@x">', ["it's@x"]),
        ('<img src="cid:it&#x27;s@x">', ["it's@x"]),
        ("<img src='cid:it&apos;s@x'>", ["it's@x"]),
        ('<img src="cid:a%20b@x">', ["a b@x"]),
        ('<img src="cid:a&amp;b">', ["a&b"]),
        ('<p style="background:url(cid:a@b)">', ["a@b"]),
        ('<p style="background:url( cid:a@b )">', ["a@b"]),
        ("<p style=\"background:url('cid:image(1)@x')\">", ["image(1)@x"]),
        ('<p style="background:url(&quot;cid:Logo (1).png&quot;)">', ["Logo (1).png"]),
        ('<p style="background:url(&quot;cid:a&amp;b&quot;), url(&#39;cid:c&#39;)">', ["a&b", "c"]),
        ('<img src="cid:a"><img src="cid:b">', ["a", "b"]),
        ('<img src="cid:a><p>"cid:b"', ["a", "b"]),
        ('<img src="cid:"><p>placid:a acid:b', []),
        ("", []),
    ],
)
def test_urls_are_found_up_to_what_ends_them(html: str, names: list[str]) -> None:
    assert list(find_cids(html)) == names


def test_urls_are_replaced_where_there_is_another_name() -> None:
    html = '<img src="cid:a (1)"><img src=cid:b><p style="background:url(&quot;CID:c&quot;)">'
    assert replace_cids(html, {"a (1)": "x", "c": "y"}.get) == (
        '<img src="cid:x"><img src=cid:b><p style="background:url(&quot;CID:y&quot;)">'
    )


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("cid:a@b", "a@b"),
        (" CID: a%20b", "a b"),
        ("cid:it's (1)", "it's (1)"),
        ("mid:a", ""),
        ("a", ""),
        ("", ""),
    ],
)
def test_a_url_names_what_follows_its_scheme(url: str, name: str) -> None:
    assert read_cid(url) == name


def test_parts_are_found_by_what_urls_name_them() -> None:
    parts = [part("a%20b", "1"), part("a b", "2"), part("c"), part("")]
    assert [names_by_cid(each) for each in parts] == [{"a%20b", "a b"}, {"a b"}, {"c"}, set()]
    index = index_by_cid(parts)
    assert {name: each.content for name, each in index.items()} == {
        "a%20b": b"1",
        "a b": b"2",  # as it is, and not only without percent signs
        "c": index["c"].content,
    }


@given(st.lists(st.sampled_from(["cid:", '"', "'", "&quot;", "(", ")", "=", " ", "a", "<", "%"])))
def test_whatever_names_nothing_is_left_alone(pieces: list[str]) -> None:
    html = "".join(pieces)
    assert replace_cids(html, lambda _: None) == html
    assert all(isinstance(name, str) for name in find_cids(html))


@pytest.mark.parametrize("piece", ['"', '" ', "= ", "cid:", '"cid:', "&quot;", "&quot;cid:a&"])
def test_hostile_html_takes_linear_time(piece: str) -> None:
    start = time.process_time()
    list(find_cids(piece * 100_000))
    assert time.process_time() - start < 2


def test_a_name_with_a_percent_sign_is_found_as_it_is_and_without() -> None:
    part = Part(b"Content-ID: <a%40c>\r\n\r\n", 0, 23)
    names = names_by_cid(part)
    assert names == {"a%40c", "a@c"}
    assert read_cid("cid:a%2540c") in names
    assert read_cid("cid:a%40c") in names
