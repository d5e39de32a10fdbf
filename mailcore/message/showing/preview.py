"""`preview`: a received mail as one HTML document, to be opened in a browser.

The body is what could be quoted, so scripts, forms and style sheets are gone already. Three more walls stand
around it: what would be loaded from elsewhere is taken out, a policy lets nothing be loaded, and the body is
in a frame that runs nothing.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from html import escape, unescape

from mailcore.message.answering.quoting import find_fragment
from mailcore.message.content_types import guess_by_content
from mailcore.message.html.declarations import load_images
from mailcore.message.reading.cids import index_by_cid, read_cid
from mailcore.message.reading.parts import Part
from mailcore.message.received import ReceivedMessage
from mailcore.message.showing.summary import list_fields, spell_defect, spell_part

__all__ = ["EMBEDDED_OCTETS", "preview"]

EMBEDDED_OCTETS = 1 << 25  # of all images in a document, each as often as it is shown

_IMAGES = {"image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"}

_CARRIED = re.compile(r"data:image/(?:avif|bmp|gif|jpe?g|png|webp)[;,]", re.IGNORECASE)
_REMOTE = re.compile(r"https?:", re.IGNORECASE)

# Of a fragment, whose values are escaped and quoted.
_TAG = re.compile(r"<([a-z][^<> ]*+)( [^<>]*+)>")
_ATTRIBUTE = re.compile(r' ([a-z][^ ="]*+)="([^"]*+)"')
_LINKS = {"a", "area"}
_TARGET = ' target="_blank" rel="noreferrer noopener"'
_ADDRESS = re.compile(r"https?:|//", re.IGNORECASE)

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
    images = _Images((*mail.inline, *mail.attachments), has_remote=remote_images)
    body = _fill(find_fragment(mail), images)
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
    """Where images are: those that the mail carries by Content-ID, and which parts were shown."""

    def __init__(self, parts: tuple[Part, ...], *, has_remote: bool) -> None:
        self.shown: set[str] = set()
        self._has_remote = has_remote
        self._by_id = index_by_cid(parts)
        self._uris: dict[str, str] = {}
        self._room = EMBEDDED_OCTETS

    def find(self, address: str) -> str:
        """Give the address that an image is shown from, "" if it is not to be shown."""
        address = address.strip()
        if content_id := read_cid(address):
            return self._embed(content_id)
        if _CARRIED.match(address) or (self._has_remote and _REMOTE.match(address)):
            return address
        return ""

    def _embed(self, content_id: str) -> str:
        """Give the `data:` address of an image, "" if there is none, or no room."""
        part = self._by_id.get(content_id)
        if part is None:
            return ""
        if part.number not in self._uris:
            self._uris[part.number] = _write_uri(part)
        uri = self._uris[part.number]
        if len(uri) > self._room:
            return ""
        self._room -= len(uri)
        if uri:
            self.shown.add(part.number)
        return uri


def _write_uri(part: Part) -> str:
    """Give the image as a `data:` address, "" for what is no image, or one that could hold a program."""
    content = part.content
    kind = guess_by_content(content) or part.content_type
    if kind not in _IMAGES or len(content) > EMBEDDED_OCTETS:
        return ""
    return f"data:{kind};base64,{b64encode(content).decode()}"


def _fill(fragment: str, images: _Images) -> str:
    """Give the fragment with the images in it, and without what it would load from elsewhere."""
    return _TAG.sub(lambda tag: _fill_tag(tag[1], tag[2], images), fragment)


def _fill_tag(tag: str, attributes: str, images: _Images) -> str:
    pieces = [f"<{tag}"]
    for name, escaped in _ATTRIBUTE.findall(attributes):
        value = _fill_attribute(tag, name, unescape(escaped), images)
        if value is not None:
            pieces.append(f' {name}="{escape(value)}"')
        if value and name == "href" and not value.startswith("#"):
            pieces.append(_TARGET)
    return "".join((*pieces, ">"))


def _fill_attribute(tag: str, name: str, value: str, images: _Images) -> str | None:
    """Give what of an attribute's value is shown, None where the attribute goes."""
    match name:
        case "src" | "background":
            return images.find(value) or None
        case "style":
            return load_images(value, images.find) or None
        case "href":
            return value if tag in _LINKS else None
        case "target" | "rel":
            return None
        case "abbr" | "alt" | "summary" | "title":  # words
            return value
        case _:
            return None if _ADDRESS.search(value) else value


def _list(title: str, items: Iterable[str], *, is_open: bool) -> str:
    lines = [f"<li>{escape(item)}</li>" for item in items]
    if not lines:
        return ""
    return "\n".join((
        f"<details{' open' * is_open}><summary>{title}: {len(lines)}</summary><ul>", *lines,
        "</ul></details>",
    ))  # fmt: skip
