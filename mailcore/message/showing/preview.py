"""`preview`: a received mail as one HTML document, to be opened in a browser.

The body is what could be quoted, so scripts, forms and style sheets are gone already. Three more walls stand
around it: what would be loaded from elsewhere is taken out, a policy lets nothing be loaded, and the body is
in a frame that runs nothing.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from html import escape, unescape
from urllib.parse import unquote

from mailcore.message.answering.quoting import find_fragment
from mailcore.message.content_types import guess_by_content
from mailcore.message.reading.parts import Part
from mailcore.message.received import ReceivedMessage
from mailcore.message.showing.summary import list_fields, spell_defect, spell_part

__all__ = ["EMBEDDED_OCTETS", "preview"]

EMBEDDED_OCTETS = 1 << 25  # of all images in a document, each as often as it is shown

_IMAGES = {"image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"}

_TAG = re.compile(r"<[a-z][^<>]*+>")
# The beginning of a link that leads out of the mail. Of two attributes of one name the first counts.
_LINK = re.compile(r'<(?:a|area)(?= )(?![^<>]*? href="#)')
_OPENED_ELSEWHERE = r'\g<0> target="_blank" rel="noreferrer noopener"'

_CID = re.compile(
    r"(?P<before> (?:src|background)=\"\s*+|\burl\(\s*+(?:&quot;|&#x27;)?+)"
    r"cid:(?P<id>(?:[^\"'<>()\s&]|&(?!quot;|#x27;))++)",
    re.IGNORECASE,
)
_LOADED = (
    r' (?:src|background)="(?!\s*+{kept}:)[^"]*+"'
    r"|\burl\((?!\s*+(?:&quot;|&#x27;)?+{kept}:)[^()]*+\)"
)
_NOT_CARRIED = re.compile(_LOADED.format(kept="data"), re.IGNORECASE)
_NOT_REMOTE = re.compile(_LOADED.format(kept="(?:data|https?)"), re.IGNORECASE)

_HEAD = """\
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="\
default-src 'none'; img-src data:{remote}; style-src 'unsafe-inline'; form-action 'none'">
<meta http-equiv="x-dns-prefetch-control" content="off">
<meta name="referrer" content="no-referrer">"""
_BODY = """\
<!DOCTYPE html>
<html><head>
{head}
<base href="about:srcdoc">
<style>
body {{ margin: 1em; font: 1em/1.4 sans-serif; overflow-wrap: anywhere; }}
img {{ max-width: 100%; }}
</style>
</head><body>
{fragment}
</body></html>
"""
_DOCUMENT = """\
<!DOCTYPE html>
<html><head>
{head}
<title>{title}</title>
<style>
body {{ max-width: 60em; margin: 0 auto; padding: 1em; background: #f4f4f4; font: 1em/1.4 sans-serif; }}
table, iframe {{ box-sizing: border-box; width: 100%; border: 1px solid #ccc; background: #fff; }}
th, td {{ padding: 0.2em 0.8em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }}
th {{ width: 4em; color: #777; font-weight: normal; }}
iframe {{ height: 70vh; margin: 1em 0; }}
</style>
</head><body>
<table>
{fields}
</table>
<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{body}"></iframe>
{lists}
</body></html>
"""


def preview(mail: ReceivedMessage, *, remote_images: bool = False) -> str:
    """Give one HTML document that shows the mail, with everything that it needs in it.

    It has the main fields, the body as a mail client shows it, a list of the files, and the defects. Images
    that the mail carries are shown, up to `EMBEDDED_OCTETS`. Nothing runs, and nothing is loaded from
    elsewhere; with `remote_images` images are, which can tell the sender that the mail was opened. Links
    open in a window of their own. The same mail gives the same document.
    """
    images = _Images((*mail.inline, *mail.attachments))
    body = _fill(find_fragment(mail), images, _NOT_REMOTE if remote_images else _NOT_CARRIED)
    head = _HEAD.format(remote=" http: https:" if remote_images else "")
    fields = list_fields(mail)
    unshown = (part for part in mail.inline if part.number not in images.shown)
    lists = (
        _list("Attachments", map(spell_part, mail.attachments), is_open=True),
        _list("Images that the HTML does not show", map(spell_part, unshown), is_open=True),
        _list("Defects", map(spell_defect, mail.defects), is_open=False),
    )
    return _DOCUMENT.format(
        head=head,
        title=escape(dict(fields).get("Subject", "")),
        fields="\n".join(
            f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in fields
        ),
        body=escape(_BODY.format(head=head, fragment=body)),
        lists="\n".join(filter(None, lists)),
    )


class _Images:
    """The images that a mail carries, found by Content-ID, and the parts that were shown."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.shown: set[str] = set()
        self._by_id = {part.content_id: part for part in reversed(parts)}
        self._uris: dict[str, str] = {}
        self._room = EMBEDDED_OCTETS

    def embed(self, address: re.Match[str]) -> str:
        """Give the `data:` address for a `cid:` address; that itself if there is no image, or no room."""
        part = self._by_id.get(unquote(unescape(address["id"])))
        if part is None:
            return address[0]
        if part.number not in self._uris:
            self._uris[part.number] = _write_uri(part)
        uri = self._uris[part.number]
        if not 0 < len(uri) <= self._room:
            return address[0]
        self._room -= len(uri)
        self.shown.add(part.number)
        return f"{address['before']}{uri}"


def _write_uri(part: Part) -> str:
    """Give the image as a `data:` address, "" for what is no image, or one that could hold a program."""
    content = part.content
    kind = guess_by_content(content) or part.content_type
    if kind not in _IMAGES or len(content) > EMBEDDED_OCTETS:
        return ""
    return f"data:{kind};base64,{b64encode(content).decode()}"


def _fill(fragment: str, images: _Images, unwanted: re.Pattern[str]) -> str:
    """Give the fragment with the images in it, and without what it would load from elsewhere."""

    def rewrite(tag: re.Match[str]) -> str:
        if tag[0].startswith(("<a ", "<area ")):
            return _LINK.sub(_OPENED_ELSEWHERE, tag[0])
        return unwanted.sub("", _CID.sub(images.embed, tag[0]))

    return _TAG.sub(rewrite, fragment)


def _list(title: str, items: Iterable[str], *, is_open: bool) -> str:
    lines = [f"<li>{escape(item)}</li>" for item in items]
    if not lines:
        return ""
    return "\n".join((
        f"<details{' open' * is_open}><summary>{title}: {len(lines)}</summary><ul>", *lines,
        "</ul></details>",
    ))  # fmt: skip
