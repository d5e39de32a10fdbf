"""Spam filters find no fault in how our mails are built; what they say of content is not our affair."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.message import Message
from tests.live.filters import Rspamd, ask_spamassassin
from tests.live.samples import NOW, SAMPLES

#: What may fire on any sample, and why it is no fault.
HARMLESS = {
    # SpamAssassin
    "HTML_MESSAGE": "says that there is html",
    "MAILING_LIST_MULTI": "says that it comes from a list",
    # rspamd, about the envelope and the Received field, which the tests make up
    "RCVD_COUNT_ONE": "counts",
    "RCVD_TLS_ALL": "says so",
    # rspamd, telling what there is
    "FROM_EQ_ENVFROM": "compares",
    "FROM_HAS_DN": "tells",
    "FROM_NEQ_ENVFROM": "compares: the mail with a Sender",
    "FROM_NO_DN": "tells",
    "HAS_ATTACHMENT": "tells",
    "HAS_LIST_UNSUB": "tells, and is a merit",
    "HAS_REPLYTO": "tells",
    "MAILLIST": "tells",
    "MID_RHS_MATCH_FROM": "compares, as it should be",
    "MIME_GOOD": "tells, and is a merit",
    "MIME_TRACE": "lists the parts",
    "PRECEDENCE_BULK": "tells",
    "RCPT_COUNT_ONE": "counts",
    "RCPT_COUNT_THREE": "counts",
    "RCPT_COUNT_TWO": "counts",
    "REPLYTO_DOM_EQ_FROM_DOM": "compares",
    "TO_DN_ALL": "tells",
    "TO_DN_NONE": "tells",
    "TO_DN_SOME": "tells",
    "TO_MATCH_ENVRCPT_ALL": "compares, as it should be",
    "SUBJECT_HAS_QUESTION": "tells",
}

#: Rules about what the author of a sample wants, however it is written.
WISHED = {
    "attachments": {"MIME_BASE64_TEXT"},  # a text file in German: as a file, it keeps its octets
    "blind": {"FORGED_RECIPIENTS", "R_UNDISC_RCPT"},
    "everything": {"FORGED_SENDER", "HTML_IMAGE_ONLY_08"},  # a Sender; a logo over a short letter
    "forwarded": {"MIME_BASE64_TEXT"},  # the message within is passed on as it was
    "long_english_subject": {"LONG_SUBJ"},
    "picture": {"HTML_IMAGE_ONLY_08"},
    "urgent": {"HAS_X_PRIO_ONE"},
}

#: Samples whose text is shorter in base64, where eight bits can't be relied on.
FOREIGN = {"chinese", "chinese_text", "long_subject", "scripts"}

BROKEN = (
    b"From: Li <li@example.org>, Wei <wei@example.org>\r\nSubject: \xd0\xd1\xd2 \xd3\xd4\xd5\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"SGVsbG8gQW5uYSwgdGhpcyBpcyBwbGFpbg==\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<p>Something else entirely stands here</p>\r\n"
)


@pytest.fixture(scope="module")
def spamassassin(folder: Path) -> dict[tuple[str, bool], set[str]]:
    """The rules of SpamAssassin that fire on each sample, in 7 bits and in 8, and on the broken mail."""
    home = folder / "filtered"
    home.mkdir()
    mails = {("broken", False): BROKEN}
    for name, sample in SAMPLES.items():
        message = sample().finalise(now=NOW)
        mails[name, False] = message.to_bytes()
        mails[name, True] = message.to_bytes(eight_bit=True)
    return dict(zip(mails, ask_spamassassin(home, mails.values()), strict=True))


@pytest.fixture(scope="module")
def rspamd(folder: Path) -> Iterator[Rspamd]:
    """A running rspamd."""
    server = Rspamd(folder / "rspamd")
    yield server
    server.stop()


def faults(rules: set[str], name: str, *, eight_bit: bool) -> set[str]:
    """Give the rules that say something of how the mail is built."""
    encoded = {"MIME_BASE64_TEXT"} if name in FOREIGN and not eight_bit else set()
    return rules - HARMLESS.keys() - WISHED.get(name, set()) - encoded


@pytest.mark.parametrize("eight_bit", [False, True])
@pytest.mark.parametrize("name", SAMPLES)
def test_spamassassin_finds_no_fault(
    name: str, eight_bit: bool, spamassassin: dict[tuple[str, bool], set[str]]
) -> None:
    assert faults(spamassassin[name, eight_bit], name, eight_bit=eight_bit) == set()


@pytest.mark.parametrize("eight_bit", [False, True])
@pytest.mark.parametrize("name", SAMPLES)
def test_rspamd_finds_no_fault(name: str, eight_bit: bool, rspamd: Rspamd) -> None:
    message = SAMPLES[name]().finalise(now=NOW)
    rules = rspamd.symbols(message, message.to_bytes(eight_bit=eight_bit))
    assert faults(rules, name, eight_bit=eight_bit) == set()


def test_spamassassin_sees_what_is_broken(
    spamassassin: dict[tuple[str, bool], set[str]],
) -> None:
    known = {"MISSING_DATE", "MISSING_MID", "SUBJ_ILLEGAL_CHARS", "MISSING_HEADERS"}
    assert known <= spamassassin["broken", False]


def test_rspamd_sees_what_is_broken(rspamd: Rspamd) -> None:
    envelope = Message(from_="li@example.org", to="anna@example.net")
    known = {"MISSING_DATE", "MISSING_MID", "MULTIPLE_FROM", "MIME_BASE64_TEXT_BOGUS"}
    assert known <= rspamd.symbols(envelope, BROKEN)
