import pytest

from mailcore.message.html.lists import numbering


@pytest.mark.parametrize(
    ("kind", "number", "marker"),
    [
        ("1", 7, "7. "),
        ("", -1, "-1. "),
        ("a", 1, "a. "),
        ("a", 26, "z. "),
        ("a", 27, "aa. "),
        ("A", 703, "AAA. "),
        ("a", 0, "0. "),
        ("i", 1, "i. "),
        ("i", 1994, "mcmxciv. "),
        ("I", 3999, "MMMCMXCIX. "),
        ("I", 4000, "4000. "),
        ("i", 0, "0. "),
    ],
)
def test_items_are_numbered_as_their_list_wants(kind: str, number: int, marker: str) -> None:
    assert numbering(kind)(number) == marker
