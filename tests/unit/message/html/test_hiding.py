import time

import pytest

from mailcore.message.html.hiding import hidden_selectors, hides, is_for_all


@pytest.mark.parametrize(
    "style",
    ["display:none", "Display : None !important", "color:red;\n visibility:hidden ; x:y", "display:none;"],
)  # fmt: skip
def test_a_style_hides(style: str) -> None:
    assert hides(style)


@pytest.mark.parametrize(
    "style",
    [
        "",
        "-webkit-backface-visibility:hidden",
        "display:none-such",
        "mso-hide:all",
        "x:display:none",
        "display:none;display:block",
    ],
)
def test_a_style_does_not_hide(style: str) -> None:
    assert not hides(style)


@pytest.mark.parametrize(
    ("media", "expected"),
    [("", True), (" ALL ", True), ("screen", True), ("print, screen", True), ("print", False),
     ("only screen and (max-width:600px)", False)],
)  # fmt: skip
def test_media_are_those_of_all_or_not(media: str, expected: bool) -> None:
    assert is_for_all(media) is expected


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (".a { display: none }", {".a"}),
        ("@import url(x);.a,\n#b{color:red;display:none!important}", {".a", "#b"}),
        ("<!-- .a{x:y} .b{visibility:hidden} -->", {".b"}),
        ("/* .a{display:none} */ .b{display:none", {".b"}),
        ("@media (x){.a{display:none} .b{y:z}} @supports (x){@media y{.a{display:none}}}", set()),
        ("@font-face{display:none} .a .b{display:none} p{display:none} .a:hover{display:none}", set()),
        (".a{display:none} .a{color:red}", {".a"}),
        (".a{display:none} .a{display:block}", set()),
        ("}.a{display:none}", {".a"}),
        (".a{display:block!important} .a{display:none}", set()),
        (".a{display:none} p.a{display:block}", set()),
        (".a{display:none} .a.on{visibility:visible}", set()),
        (".a{display:none} .a{display: inline flex }", set()),
        (".a{display:none} .a{display:var(--shown)}", set()),
        (".a{display:none} @supports (x:y){.a{display:grid}}", set()),
        (".a{display:none} @layer l{@media screen, print{.a{display:block}}}", set()),
        (".a{display:none} @media only  screen{.a{display:block}}", set()),
        (".a{display:none} @media (max-width:9em){@supports (x){.a{display:block}}}", {".a"}),
        (".a{display:none} @media print{.a{display:block}}", {".a"}),
        (".a{display:none} @media not screen{.a{display:block}}", {".a"}),
        (".a{display:none} @media not print{.a{display:block}}", set()),
        (".a{display:none} @media (width <= 600px){.a{display:block}}", {".a"}),
        (".a{display:none} @media print, (max-device-width:9em){.a{display:block}}", {".a"}),
        (".a{display:none} @media screen and (min-width:601px){.a{display:block}}", set()),
        (".a{display:none} @media print, (prefers-color-scheme:light){.a{display:block}}", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_plain_rules_tell_what_is_hidden(sheet: str, expected: set[str]) -> None:
    assert hidden_selectors(f"<style>{sheet}</style>") == expected


def test_style_sheets_of_other_media_hide_nothing() -> None:
    html = "<style media=print>.a{display:none}</style><style media=all>.b{display:none}</style>"
    assert hidden_selectors(html) == {".b"}


@pytest.mark.parametrize(
    "piece", ["@a{", "@media{", "{", "}", "a", "/*", "<!--", ".x{display:none}", "display : ", ","]
)
def test_hostile_style_sheets_take_linear_time(piece: str) -> None:
    began = time.process_time()
    hidden_selectors("<style>" + piece * 100_000)
    assert time.process_time() - began < 10  # it is below a second; quadratic would be minutes
