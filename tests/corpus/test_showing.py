"""Every real mail can be shown, and none of them steers what it is shown on."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mailcore.message import ReceivedMessage, parse
from mailcore.message.showing.preview import preview
from mailcore.message.showing.terminal import describe

pytestmark = pytest.mark.corpus

STEERING = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Frame(HTMLParser):
    """Reads the document of a frame out of the one around it."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.content = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(reversed(attrs))))  # the first of a name counts
        if tag == "iframe":
            self.content = dict(attrs)["srcdoc"] or ""


@pytest.fixture(scope="module")
def mails(corpora: Path) -> list[ReceivedMessage]:
    files = sorted((corpora / "mime" / "messages").rglob("*.eml"))
    assert len(files) > 400
    return [parse(file.read_bytes()) for file in files]


def test_nothing_of_a_mail_steers_a_terminal(mails: list[ReceivedMessage]) -> None:
    for mail in mails:
        assert not STEERING.search(describe(mail)), mail


def test_previews_hold_only_what_may_be_shown(mails: list[ReceivedMessage]) -> None:
    for mail in mails:
        outer = Frame(preview(mail))
        inner = Frame(outer.content)
        assert [tag for tag, _ in outer.tags].count("iframe") == 1
        assert not {"script", "iframe", "form", "object", "embed", "link"} & {
            tag for tag, _ in inner.tags
        }
        for _, attributes in inner.tags:
            assert not [name for name in attributes if name.startswith("on")], mail
            assert (attributes.get("src") or "data:image/").startswith("data:image/"), mail
            assert "url(http" not in (attributes.get("style") or ""), mail
