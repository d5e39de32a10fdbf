import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.html.declarations import load_images, safe_style


@pytest.mark.parametrize(
    "style",
    [
        "color: red", "margin:0 auto!important", "font:12px/1.5 Arial,'a;b'", "line-height:20px",
        "line-height: normal", "background:url('data:image/png;base64,AA==') no-repeat",
        "background:linear-gradient(90deg,rgba(0,0,0,.5) 0%,red)", "BORDER-TOP:1px solid #ccc",
        "text-decoration:underline", "text-indent:-18pt", "mso-hide:all", "max-width:600px",
        "display:none;max-height:0;overflow:hidden",
    ],
)  # fmt: skip
def test_what_keeps_to_its_place_stays(style: str) -> None:
    assert safe_style(style) == style


@pytest.mark.parametrize(
    "declaration",
    [
        "position:relative", "position:fixed", "top:-9px", "inset:0", "z-index:9", "transform:scale(9)",
        "-webkit-transform:none", "translate:0 -9px", "scale:9", "zoom:9", "margin-top:-400px",
        "margin:0 0 -9px", "margin-top:calc(9px*cos(180deg))", "line-height:0", "line-height: .1",
        "line-height:1px", "line-height:calc(0px)", "font:900px/0 x", "box-shadow:0 0 0 900px #fff",
        "outline:900px solid", "text-shadow:0 -90px", "border-image:url(x) 1/1/900px",
        "text-decoration:line-through 900px", "text-underline-offset:-90px", "filter:blur(9px)",
        "animation:x", "behavior:url(x)", "-moz-binding:url(x)", "--x:y", "mso-element:frame",
        "font:'\f;position:fixed;'", 'font:"\r;position:fixed;"', "color", "color:", ":red", "*color:red", "color:{a", "color:[", "color:'x", "color:(",
    ],
)  # fmt: skip
def test_what_reaches_out_or_cannot_be_read_goes_and_the_rest_stays(declaration: str) -> None:
    assert safe_style(f"width:1px;{declaration}") == "width:1px"


@pytest.mark.parametrize(
    "style", ["width:1px;a:\\62", "color:red/**/", "width:expression(x)", "<!--"]
)
def test_of_styles_that_act_or_hide_nothing_stays(style: str) -> None:
    assert safe_style(style) == ""


STYLES = st.lists(
    st.sampled_from(["color:", "position:", "red", ";", " ", "'", '"', "(", ")", "{", "}", "url(", "x", "\n"])
).map("".join)  # fmt: skip


@given(STYLES)
def test_what_is_safe_stays_as_it_is(style: str) -> None:
    assert safe_style(safe_style(style)) == safe_style(style)


@given(STYLES)
def test_no_string_or_bracket_is_left_open(style: str) -> None:
    assert safe_style(f"{safe_style(style)};width:1px").endswith("width:1px")


@pytest.mark.parametrize(
    "piece", [";a:(", ";a:((", "a", ";a:'", 'color:("', " ", "color:red;", ";font:/"]
)
def test_hostile_styles_take_linear_time(piece: str) -> None:
    began = time.process_time()
    safe_style(piece * 100_000)
    assert time.process_time() - began < 10  # it is below a second; quadratic would be minutes


@pytest.mark.parametrize(
    ("style", "loaded"),
    [
        ("background:url(a)", 'background:url("<a>")'),
        ("background:URL( 'a b' ) 0 0", 'background:url("<a b>") 0 0'),
        ('background:url("a"),url("(b)")', 'background:url("<a>"),url("<(b)>")'),
        ("background:#fff url(no) 0 0", "background:#fff none 0 0"),
        ("background:url()", 'background:url("<>")'),
        ("background:linear-gradient(90deg,rgba(0,0,0,.5) 0%,red)", None),
        ("width:calc((1px + 2px) * 3);color:hsl(1 2% 3%)", None),
        ("font-family:'url(a)','b;c'", ""),
        ("font-family:'b;c'", None),
    ],
)
def test_images_lead_where_they_are_said_to_be(style: str, loaded: str | None) -> None:
    found = load_images(style, lambda address: "" if address == "no" else f"<{address}>")
    assert found == (style if loaded is None else loaded)


@pytest.mark.parametrize(
    "value",
    [
        "url(a b)", "url((a))", "url('a' x)", "url('a\"')", "xurl(a)", "-url(a)", "image-set('a' 1x)",
        "image-set(url(a) 1x)", "-webkit-image-set(url(a) 1x)", "image('a')", "src('a')", "attr(x)",
        "cross-fade(url(a),red)", "element(#a)", "paint(a)", "var(--a)", "red, IMAGE ('a'), Src('a')",
        "'http://a'", "http:a", "x //a",
    ],
)  # fmt: skip
def test_what_could_load_by_other_words_goes_and_the_rest_stays(value: str) -> None:
    style = f"width:1px;background:{value};color:red"
    assert load_images(style, lambda address: address) == "width:1px;color:red"


@given(STYLES)
def test_a_style_without_images_is_safe_still(style: str) -> None:
    loaded = load_images(safe_style(style), lambda _: "")
    assert safe_style(loaded) == loaded


@pytest.mark.parametrize("piece", ["url(", "a:url(b);", "a:(", "a-", "a:'('", "a:url( "])
def test_hostile_images_take_linear_time(piece: str) -> None:
    began = time.process_time()
    load_images(f"background:{piece * 100_000}", str)
    load_images(f"background:({piece * 100_000})", str)
    assert time.process_time() - began < 10  # it is below a second; quadratic would be minutes
