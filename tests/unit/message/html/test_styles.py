import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError, InvalidMessage
from mailcore.message.html.styles import DEPTH, inline_css

SHEET = (
    "p { color: red } a:hover { color: blue } @media (max-width: 600px) { p { color: green } }"
    " @font-face { font-family: x; src: url(x) }"
)


@pytest.fixture
def requests() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a web server and the list of what it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()
        thread.join()


def test_rules_go_into_style_attributes() -> None:
    html = "<html><head><style>p { color: red }</style></head><body><p>x</p></body></html>"
    assert '<p style="color: red;">x</p>' in inline_css(html)


def test_a_style_sheet_of_its_own_goes_before_those_of_the_html() -> None:
    html = "<html><head><style>p { color: red }</style></head><body><p>x</p></body></html>"
    inlined = inline_css(html, css="p { color: blue; margin: 0 }")
    assert "color: red" in inlined
    assert "color: blue" not in inlined
    assert "margin: 0" in inlined


@pytest.mark.parametrize("html", ["<p>x</p>", "<!DOCTYPE html><html><body><p>x</p></body></html>"])
def test_what_no_attribute_can_say_stays_in_a_style_element(html: str) -> None:
    inlined = inline_css(html, css=SHEET)
    style = inlined.partition("<style>")[2].partition("</style>")[0]
    assert all(rule in style for rule in ("a:hover", "@media", "@font-face"))
    assert "color: red" not in style


def test_a_fragment_stays_a_fragment() -> None:
    assert inline_css("<p>x</p>", css="p { margin: 0 }") == '<p style="margin: 0;">x</p>'
    assert inline_css("<p>é</p>") == "<p>é</p>"


def test_a_document_keeps_its_doctype_and_attributes() -> None:
    html = '<!DOCTYPE html>\n<html lang="de"><head></head><body class="a">x</body></html>'
    inlined = inline_css(html, css="p { margin: 0 }")
    assert inlined.startswith('<!DOCTYPE html><html lang="de"><head>')
    assert '<body class="a">x</body>' in inlined


def test_a_style_sheet_for_other_media_is_not_applied() -> None:
    html = (
        '<style media="only screen and (max-width:600px)">p { color: red }</style>'
        "<style media='print'>p { color: blue }</style><p>x</p>"
    )
    inlined = inline_css(html)
    assert "<p>x</p>" in inlined
    assert "@media only screen and (max-width:600px) {p { color: red }}" in inlined
    assert "@media print {p { color: blue }}" in inlined


@pytest.mark.parametrize(
    "attributes", ["", " type='text/css'", " media=all", " media='Screen, print'"]
)
def test_nothing_is_left_of_a_style_sheet_that_all_see(attributes: str) -> None:
    html = f"<style{attributes}>\np {{ color: red }}\n</style><p>x</p>"
    assert inline_css(html) == '<p style="color: red;">x</p>'


def test_media_that_are_no_query_are_those_of_nobody() -> None:
    inlined = inline_css("<style media='print{} p{color:red} x'>p { margin: 0 }</style><p>x</p>")
    assert "<p>x</p>" in inlined
    assert "@media not all {" in inlined


@pytest.mark.parametrize(
    "before", ["\ufeff", "<!-- x > y -->\n", "<?xml version='1.0'?>", "\ufeff<!---->\n"]
)
def test_a_style_sheet_goes_behind_the_doctype_whatever_is_before_it(before: str) -> None:
    html = f"{before}<!DOCTYPE html><html><head><title>t</title></head><body><p>x</p></body></html>"
    inlined = inline_css(html, css="p { margin: 0 }")
    assert "<!DOCTYPE html><html><head><title>t</title></head>" in inlined
    assert '<body><p style="margin: 0;">x</p></body>' in inlined


def test_nothing_is_fetched(requests: tuple[str, list[str]]) -> None:
    url, paths = requests
    html = (
        f'<html><head><base href="{url}"><link rel="stylesheet" href="{url}/a.css">'
        f"<style>@import url({url}/b.css);</style></head><body><p>x</p></body></html>"
    )
    assert f"{url}/a.css" in inline_css(html, css=f"@import '{url}/c.css';")
    assert paths == []


def test_no_file_is_read(tmp_path: Path) -> None:
    sheet = tmp_path / "a.css"
    sheet.write_text("p { color: red }")
    html = (
        f"<html><head><link rel=stylesheet href='{sheet.as_uri()}'>"
        f"<link rel=stylesheet href='{sheet}'></head><body><p>x</p></body></html>"
    )
    assert "<p>x</p>" in inline_css(html, css=f"@import url({sheet.as_uri()});")


def test_without_the_package_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "css_inline", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'mailcore\[css\]'"):
        inline_css("<p>x</p>")


@pytest.mark.parametrize(
    ("html", "css", "what"),
    [
        ("<p>\ud800</p>", "", "can't be inlined"),
        ("<p>x</p>", "</style><script>", "can't hold </style"),
        ("<div>" * (DEPTH + 1), "", "nest deeper"),
    ],
)
def test_what_cannot_be_inlined_is_refused(html: str, css: str, what: str) -> None:
    with pytest.raises(InvalidMessage, match=what):
        inline_css(html, css=css)


def test_many_open_paragraphs_are_not_deep() -> None:
    assert inline_css("<p>x" * (DEPTH + 1), css="p { margin: 0 }").count("margin") == DEPTH + 1
