"""ISO-2022-JP and EUC-JP as mail has them: more characters than their RFCs know, and broken escapes.

Senders take the rows of JIS X 0208 that NEC and IBM filled (① ㈱ 髙) for a part of it, and so does
the WHATWG Encoding Standard; Python's codecs do not. Here each character set of two octets is a
table of 94 rows and 94 cells, and a run of octets becomes text by one `str.translate`.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

__all__ = ["decode_euc_jp", "decode_iso_2022_jp"]

_ESCAPE = re.compile(rb"(\x1b\([BHIJ]|\x1b\$[@AB]|\x1b\$\([@-DOPQ]|[\x0e\x0f])")
_RUN = re.compile(rb"(?:[!-~]{2})++|[^!-~]++|[!-~]")
_EUC_RUN = re.compile(
    rb"[\0-\x7f]++|(?:[\xa1-\xfe]{2})++|(?:\x8f[\xa1-\xfe]{2})++|(?:\x8e[\xa1-\xdf])++|.",
    re.DOTALL,
)
_GRAPHIC = range(0x21, 0x7F)
_SEVEN_BITS = bytes(octet & 0x7F for octet in range(256))
_KANA = {octet: chr(0xFF61 + octet - 0x21) for octet in range(0x21, 0x60)}  # JIS X 0201
_ROMAN = {ord("\\"): "¥", ord("~"): "‾"}  # JIS X 0201
_REPLACEMENT = "\ufffd"


def decode_iso_2022_jp(octets: bytes) -> str:
    """Give the text; U+FFFD stands for what cannot be read (RFC 1468, RFC 1554, RFC 2237)."""
    first, *rest = _ESCAPE.split(octets)
    pieces = [_read_ascii(first)]
    for escape, run in zip(rest[::2], rest[1::2], strict=True):
        pieces.append(_READERS[escape](run))
    return "".join(pieces)


def decode_euc_jp(octets: bytes) -> str:
    """Give the text; U+FFFD stands for what cannot be read."""
    return "".join(map(_read_euc_run, _EUC_RUN.findall(octets)))


def _read_euc_run(run: bytes) -> str:
    match run[0]:
        case octet if octet < 0x80:  # noqa: PLR2004 - ASCII
            return run.decode("ascii")
        case 0x8E if len(run) > 1:  # single shift two
            return run[1::2].translate(_SEVEN_BITS).decode("ascii").translate(_KANA)
        case 0x8F if len(run) > 1:  # single shift three
            pairs = run.translate(_SEVEN_BITS, b"\x8f")
            return pairs.decode("utf-16-be").translate(_JIS_X_0212())
        case _ if len(run) > 1:
            return run.translate(_SEVEN_BITS).decode("utf-16-be").translate(_JIS_X_0208())
        case _:
            return _REPLACEMENT


def _read_ascii(octets: bytes) -> str:
    """Read what no escape stands before; 8-bit octets in it are UTF-8, or else of Shift_JIS."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("cp932", "replace")


def _read_single(table: Mapping[int, str], octets: bytes) -> str:
    return _read_ascii(octets).translate(table)


def _read_pairs(table: Callable[[], Mapping[int, str]], octets: bytes) -> str:
    """Read two octets a character; what can be none, such as line ends, stands for itself."""
    return "".join(_read_run(table, run) for run in _RUN.findall(octets))


def _read_run(table: Callable[[], Mapping[int, str]], run: bytes) -> str:
    if run[0] not in _GRAPHIC:
        return _read_ascii(run)
    if len(run) == 1:
        return _REPLACEMENT
    return run.decode("utf-16-be").translate(table())


def _to_shift_jis(row: int, cell: int) -> bytes:
    lead = (row - 0x21) // 2 + 0x81
    trail = cell + (0x1F + (cell >= 0x60) if row % 2 else 0x7E)  # noqa: PLR2004 - 0x7F is no trail
    return bytes((lead + 0x40 * (lead > 0x9F), trail))  # noqa: PLR2004 - kana stand in between


def _to_euc(prefix: bytes, row: int, cell: int) -> bytes:
    return prefix + bytes((row | 0x80, cell | 0x80))


@lru_cache
def _table(codec: str, prefix: bytes = b"") -> Mapping[int, str]:
    """Give the text of each row and cell, made into one number."""
    encode = _to_shift_jis if codec == "cp932" else partial(_to_euc, prefix)
    return {
        row << 8 | cell: _only(encode(row, cell).decode(codec, "replace"))
        for row in _GRAPHIC
        for cell in _GRAPHIC
    }


def _only(text: str) -> str:
    return _REPLACEMENT if _REPLACEMENT in text else text


_JIS_X_0208 = partial(_table, "cp932")
_JIS_X_0212 = partial(_table, "euc_jp", b"\x8f")
_JIS_X_0213 = partial(_table, "euc_jis_2004")
_JIS_X_0213_2 = partial(_table, "euc_jis_2004", b"\x8f")

_Reader = Callable[[bytes], str]
_READERS: dict[bytes, _Reader] = {
    b"\x1b(B": _read_ascii,
    b"\x0f": _read_ascii,
    b"\x1b(J": partial(_read_single, _ROMAN),
    b"\x1b(H": partial(_read_single, _ROMAN),  # Swedish by its name; old clients mean Roman
    b"\x1b(I": partial(_read_single, _KANA),
    b"\x0e": partial(_read_single, _KANA),
    b"\x1b$@": partial(_read_pairs, _JIS_X_0208),
    b"\x1b$B": partial(_read_pairs, _JIS_X_0208),
    b"\x1b$(@": partial(_read_pairs, _JIS_X_0208),
    b"\x1b$(B": partial(_read_pairs, _JIS_X_0208),
    b"\x1b$A": partial(_read_pairs, partial(_table, "gb2312")),
    b"\x1b$(A": partial(_read_pairs, partial(_table, "gb2312")),
    b"\x1b$(C": partial(_read_pairs, partial(_table, "euc_kr")),
    b"\x1b$(D": partial(_read_pairs, _JIS_X_0212),
    b"\x1b$(O": partial(_read_pairs, _JIS_X_0213),
    b"\x1b$(Q": partial(_read_pairs, _JIS_X_0213),
    b"\x1b$(P": partial(_read_pairs, _JIS_X_0213_2),
}
