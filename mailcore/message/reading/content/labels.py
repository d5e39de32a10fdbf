"""Which codec of Python reads the octets that a label of mail stands for.

The WHATWG Encoding Standard maps labels to what senders mean by them: "gb2312" is GB 18030 and
"iso-8859-1" is Windows-1252. Its labels stand here, and those that only mail has. Case and
punctuation do not count in a label, nor does an "x-" before it: so that each stands here once.
"""

import codecs
import re
from encodings.aliases import aliases
from functools import lru_cache

__all__ = ["find_codec"]

LABEL_LENGTH = 64

_LABELS = {
    "ascii": "us-ascii ascii us ansi_x3.4-1968 ansi_x3.4-1986 iso-ir-6 iso_646.irv:1991 cp367 cp20127 646",
    "utf-8": "utf-8 unicode-1-1-utf-8 unicode20utf8 utf-8-sig utf8mb4 cp65001",
    "utf-7": "utf-7 unicode-1-1-utf-7 csunicode11utf7 cp65000",
    "utf-16": "utf-16 unicode csunicode iso-10646-ucs-2 ucs-2 csutf16",
    "utf-16-le": "utf-16le unicodefeff ucs-2le cp1200",
    "utf-16-be": "utf-16be unicodefffe ucs-2be cp1201",
    "utf-32": "utf-32 iso-10646-ucs-4 ucs-4 csucs4",
    "utf-32-le": "utf-32le ucs-4le cp12000",
    "utf-32-be": "utf-32be ucs-4be cp12001",
    "gb18030": "gb18030 gb2312 gb_2312-80 gbk chinese csgb2312 csiso58gb231280 iso-ir-58 cn-gb"
    " euc-cn cp936 ms936 windows-936 cp54936 gb18030-2000 gb18030-2005",
    "hz": "hz hz-gb hz-gb-2312 cp52936",
    "big5": "big5 big5-hkscs cn-big5 csbig5 big5-eten big5-tw cp950 ms950 windows-950",
    "euc-jp": "euc-jp cseucpkdfmtjapanese eucjp-ms eucjp-win cp51932 ujis",
    "iso-2022-jp": "iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3"
    " iso-2022-jp-2004 iso-2022-jp-ms csiso2022jp2 cp50220 cp50221 cp50222 jis",
    "cp932": "shift_jis csshiftjis ms932 ms_kanji sjis windows-31j cswindows31j cp932 windows-932"
    " cp943 sjis-win",
    "cp949": "euc-kr cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989"
    " ks_c_5601 ksc_5601 ksc5601-1992 kse5601 cp949 windows-949 uhc cp51949 cp20949",
    "iso2022_kr": "iso-2022-kr csiso2022kr cp50225",
    "johab": "johab cp1361",
    "cp866": "ibm866 cp866 csibm866 866",
    "cp1252": "windows-1252 cp1252 iso-8859-1 iso_8859-1:1987 iso-ir-100 latin1 l1 latin-1"
    " cp819 ibm819 csisolatin1 ansi cp28591 8859-1 win-1252",
    "iso8859-2": "iso-8859-2 iso_8859-2:1987 iso-ir-101 latin2 l2 csisolatin2 cp28592",
    "iso8859-3": "iso-8859-3 iso_8859-3:1988 iso-ir-109 latin3 l3 csisolatin3 cp28593",
    "iso8859-4": "iso-8859-4 iso_8859-4:1988 iso-ir-110 latin4 l4 csisolatin4 cp28594",
    "iso8859-5": "iso-8859-5 iso_8859-5:1988 iso-ir-144 cyrillic csisolatincyrillic cp28595",
    "iso8859-6": "iso-8859-6 iso-8859-6-e iso-8859-6-i iso_8859-6:1987 iso-ir-127 arabic asmo-708"
    " csiso88596e csiso88596i csisolatinarabic ecma-114 cp28596",
    "iso8859-7": "iso-8859-7 iso_8859-7:1987 iso-ir-126 greek greek8 csisolatingreek ecma-118"
    " elot_928 sun_eu_greek cp28597",
    "iso8859-8": "iso-8859-8 iso-8859-8-e iso-8859-8-i iso_8859-8:1988 iso-ir-138 hebrew visual"
    " logical csiso88598e csiso88598i csisolatinhebrew cp28598 cp38598",
    "cp1254": "windows-1254 cp1254 iso-8859-9 iso_8859-9:1989 iso-ir-148 latin5 l5 csisolatin5"
    " cp28599 win-1254",
    "iso8859-10": "iso-8859-10 iso-ir-157 latin6 l6 csisolatin6",
    "iso8859-13": "iso-8859-13 latin7 cp28603",
    "iso8859-14": "iso-8859-14 latin8 iso-ir-199",
    "iso8859-15": "iso-8859-15 csisolatin9 latin9 l9 cp28605",
    "iso8859-16": "iso-8859-16 latin10 iso-ir-226",
    "koi8-r": "koi8-r koi koi8 cskoi8r cp20866 cp878",
    "koi8-u": "koi8-u koi8-ru cp21866",
    "cp874": "windows-874 dos-874 iso-8859-11 tis-620 iso-ir-166 cp874 win-874 thai",
    "cp1250": "windows-1250 cp1250 win-1250",
    "cp1251": "windows-1251 cp1251 win-1251",
    "cp1253": "windows-1253 cp1253 win-1253",
    "cp1255": "windows-1255 cp1255 win-1255",
    "cp1256": "windows-1256 cp1256 win-1256",
    "cp1257": "windows-1257 cp1257 win-1257",
    "cp1258": "windows-1258 cp1258 win-1258",
    "mac-roman": "macintosh mac mac-roman csmacintosh cp10000",
    "mac-cyrillic": "mac-cyrillic mac-ukrainian cp10007 cp10017",
    "mac-greek": "mac-greek cp10006",
    "mac-latin2": "mac-ce mac-centraleurroman mac-centraleurope cp10029",
    "mac-turkish": "mac-turkish cp10081",
    "mac-iceland": "mac-icelandic cp10079",
}
_PUNCTUATION = re.compile(r"[\W_]++")
# Python's codecs that have no aliases there, and what is another one on each machine.
_UNLISTED = (
    "cp1006 cp720 cp737 cp856 cp875 koi8_t mac_arabic mac_croatian mac_farsi mac_romanian palmos"
)
_OF_THE_MACHINE = {"ansi", "dbcs", "mbcs"}


def _squeeze(label: str) -> str:
    """Give what counts in a label."""
    return _PUNCTUATION.sub("", label.lower()).lstrip("x")


_CODECS = {_squeeze(label): codec for codec, labels in _LABELS.items() for label in labels.split()}
# Others are never asked for: Python would keep every name that somebody invents.
_NAMES = {*aliases, *aliases.values(), *_UNLISTED.split()} - _OF_THE_MACHINE
_IN_PYTHON = {_squeeze(name): name for name in sorted(_NAMES)}


def find_codec(label: str) -> str | None:
    """Give the name of the codec that reads what the label stands for; None if nobody knows."""
    return _find(label) if len(label) <= LABEL_LENGTH else None


@lru_cache(maxsize=512)
def _find(label: str) -> str | None:
    squeezed = _squeeze(label)
    names = (squeezed, squeezed.removeprefix("cs"))  # IANA's aliases, such as csUTF8
    return next(filter(None, map(_find_squeezed, names)), None)


def _find_squeezed(label: str) -> str | None:
    if label in _CODECS or label not in _IN_PYTHON:
        return _CODECS.get(label)
    try:
        name = codecs.lookup(_IN_PYTHON[label]).name
        "".encode(name)  # a LookupError if it is no encoding of text
    except LookupError:
        return None
    return _CODECS.get(_squeeze(name), name)
