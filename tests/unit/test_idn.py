import pytest

from mailcore.errors import ConfigurationError
from mailcore.idn import to_a_labels


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("Bücher.Example", "xn--bcher-kva.Example"),
        ("_dmarc.bücher.example", "_dmarc.xn--bcher-kva.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("straße.example", "xn--strae-oqa.example"),
        ("bücher.example.", "xn--bcher-kva.example."),
        ("_dmarc.Example.com", "_dmarc.Example.com"),
        ("[192.0.2.1]", "[192.0.2.1]"),
    ],
)
def test_u_labels_become_a_labels_and_others_stay(name: str, wire: str) -> None:
    assert to_a_labels(name) == wire


@pytest.mark.parametrize("name", ["bü--cher-.example", "☃\u200b.example", "é" * 64, "ü\0.example"])
def test_what_has_no_a_label_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError):
        to_a_labels(name)
