import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values.parameters import CACHED_OCTETS, PARAMETERS, parse_parameters


@pytest.mark.parametrize(
    ("raw", "value", "parameters"),
    [
        ("text/plain", "text/plain", {}),
        ("Text / HTML ; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        ('a/b; x="y;z"; w=1', "a/b", {"x": "y;z", "w": "1"}),
        (r'a/b; x="q\"r\\"', "a/b", {"x": 'q"r\\'}),
        ("a/b; x=1; x=2", "a/b", {"x": "1"}),
        ("attachment; filename=two words.txt", "attachment", {"filename": "two words.txt"}),
        ("a; f*=utf-8''%E6%95%B0", "a", {"f": "数"}),
        ("a; f*=gb2312'zh'%CA%FD", "a", {"f": "数"}),
        ("a; f=plain; f*=utf-8''%E6%95%B0", "a", {"f": "数"}),
        ("a; f*0*=utf-8''%E6; f*1*=%95%B0; f*2=.csv", "a", {"f": "数.csv"}),
        ("a; f*1=b; f*0=a; f*3=d", "a", {"f": "ab"}),
        ('a; f="=?utf-8?b?5pWw?="', "a", {"f": "数"}),
        ("text/plain;; ;charset=x", "text/plain", {"charset": "x"}),
        ("", "", {}),
    ],
)
def test_values_and_parameters_are_read(raw: str, value: str, parameters: dict[str, str]) -> None:
    assert parse_parameters(raw.encode()) == (value, parameters)


def test_parameters_beyond_the_limit_are_left_unread() -> None:
    raw = b"a/b" + b"".join(b"; p%d=x" % n for n in range(PARAMETERS + 5))
    assert len(parse_parameters(raw).parameters) == PARAMETERS


def test_long_fields_are_not_kept_in_memory() -> None:
    short, long = b"a/b; c=".ljust(CACHED_OCTETS, b"x"), b"a/b; c=".ljust(CACHED_OCTETS + 1, b"x")
    assert parse_parameters(short) is parse_parameters(short)
    assert parse_parameters(long) is not parse_parameters(long)
    assert parse_parameters(long) == parse_parameters(long)


@given(st.binary() | st.text(st.sampled_from("a;=*'\"\\%0 /")).map(str.encode))
def test_nothing_raises(raw: bytes) -> None:
    assert isinstance(parse_parameters(raw).value, str)
