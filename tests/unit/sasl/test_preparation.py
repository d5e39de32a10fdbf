"""SASLprep after the examples of RFC 4013 3."""

import pytest

from mailcore.errors import ConfigurationError
from mailcore.sasl.preparation import saslprep


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("密码", "密码"),
        ("\u0627\u0628", "\u0627\u0628"),
        ("🔑", "🔑"),
    ],
)
def test_a_text_gets_its_one_form(text: str, prepared: str) -> None:
    assert saslprep(text) == prepared


@pytest.mark.parametrize("text", ["\u0007", "a\u0000", "\u0627\u0031", "\u0627a\u0628", "\ue000"])
def test_what_is_prohibited_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        saslprep(f"{text}")
    assert text not in str(caught.value)
