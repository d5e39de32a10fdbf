"""What a message asks of a server: checked against what it offers, and said in MAIL and RCPT.

What is asked for and not offered is an error before a word is said; nothing is dropped in silence.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from mailcore.errors import ContentRefused, MailcoreError, Unsupported
from mailcore.smtp.conversation.codec import Extensions
from mailcore.transport import DSN, DeliverBy, Envelope, Outgoing

__all__ = ["check_offer", "mail_command", "recipient_commands"]

# RFC 3461 4: everything else is written as +XX.
_NO_XCHAR = re.compile(r"[^\x21-\x2a\x2c-\x3c\x3e-\x7e]")
# RFC 6533 3: what is not as it is in a utf-8-addr-unitext.
_NO_QUCHAR = re.compile(r"[^\x21-\x2a\x2c-\x3c\x3e-\x5b\x5d-\x7e\u0080-\U0010ffff]")
_NUMBER = re.compile(r"[0-9]{1,9}")

_EXTENSIONS: tuple[tuple[Callable[[Envelope], object], str, str], ...] = (
    (lambda envelope: envelope.dsn, "DSN", "notifications are asked for"),
    (lambda envelope: envelope.require_tls, "REQUIRETLS", "TLS is required all the way"),
    (lambda envelope: envelope.deliver_by, "DELIVERBY", "a time of delivery is asked for"),
    (lambda envelope: envelope.hold_for, "FUTURERELEASE", "the message is to be held"),
    (lambda envelope: envelope.hold_until, "FUTURERELEASE", "the message is to be held"),
    (lambda envelope: envelope.priority is not None, "MT-PRIORITY", "a priority is asked for"),
    (lambda envelope: envelope.binary, "BINARYMIME", "the message is binary"),
    (lambda envelope: envelope.binary, "CHUNKING", "the message is binary"),
)


def check_offer(outgoing: Outgoing, extensions: Extensions, *, is_private: bool) -> None:
    """See that the server can take a message; raises `Unsupported`, or `ContentRefused` for its size."""
    limit = extensions.size_limit
    if limit is not None and outgoing.size > limit:
        raise ContentRefused(f"the message has {outgoing.size} bytes, the server takes {limit}")
    if outgoing.needs_smtputf8 and "SMTPUTF8" not in extensions:
        raise Unsupported("an address or header is not ASCII, and the server lacks SMTPUTF8")
    envelope = outgoing.envelope
    if outgoing.is_eight_bit and not envelope.binary and "8BITMIME" not in extensions:
        raise Unsupported("the message has 8-bit bytes, and the server lacks 8BITMIME")
    if envelope.asks_for_more:
        _check_wishes(envelope, extensions, is_private=is_private)


def _check_wishes(envelope: Envelope, extensions: Extensions, *, is_private: bool) -> None:
    for asks, keyword, why in _EXTENSIONS:
        if asks(envelope) and keyword not in extensions:
            raise Unsupported(f"{why}, and the server lacks {keyword}")
    if envelope.require_tls and not is_private:
        raise Unsupported("TLS is required all the way, and this connection has none")
    _check_deliver_by(envelope.deliver_by, extensions)
    _check_hold(envelope, extensions)


def mail_command(outgoing: Outgoing, extensions: Extensions) -> str:
    """Give the MAIL command (RFC 5321 4.1.1.2) with the parameters that the message needs."""
    envelope = outgoing.envelope
    words = [f"MAIL FROM:<{envelope.mail_from}>"]
    if "SIZE" in extensions:
        words.append(f"SIZE={outgoing.size}")
    if envelope.binary:
        words.append("BODY=BINARYMIME")
    elif outgoing.is_eight_bit:
        words.append("BODY=8BITMIME")
    if outgoing.needs_smtputf8:
        words.append("SMTPUTF8")
    if envelope.asks_for_more:
        words += _wishes(envelope)
    return " ".join(words)


def recipient_commands(envelope: Envelope) -> tuple[str, ...]:
    """Give the RCPT command of each recipient (RFC 5321 4.1.1.3)."""
    if envelope.dsn is None:
        return tuple([f"RCPT TO:<{recipient}>" for recipient in envelope.recipients])
    events = ",".join(event.upper() for event in envelope.dsn.notify) or "NEVER"
    return tuple(
        f"RCPT TO:<{recipient}> NOTIFY={events} ORCPT={_original_recipient(recipient)}"
        for recipient in envelope.recipients
    )


def _wishes(envelope: Envelope) -> Iterator[str]:
    """Give what is asked of the delivery."""
    if envelope.require_tls:
        yield "REQUIRETLS"
    if envelope.dsn is not None:
        yield from _notification_words(envelope.dsn)
    if by := envelope.deliver_by:
        yield f"BY={by.seconds};{by.otherwise[0].upper()}{'T' if by.trace else ''}"
    if envelope.hold_for is not None:
        yield f"HOLDFOR={envelope.hold_for}"
    if envelope.hold_until is not None:
        yield f"HOLDUNTIL={envelope.hold_until:%Y-%m-%dT%H:%M:%SZ}"
    if envelope.priority is not None:
        yield f"MT-PRIORITY={envelope.priority}"


def _notification_words(dsn: DSN) -> list[str]:
    """Give what MAIL says of notifications (RFC 3461 4.3, 4.4)."""
    words = []
    if dsn.returns:
        words.append("RET=FULL" if dsn.returns == "full" else "RET=HDRS")
    if dsn.envelope_id:
        words.append(f"ENVID={_xtext(dsn.envelope_id)}")
    return words


def _original_recipient(recipient: str) -> str:
    """Give the address that notifications are to name (RFC 3461 4.2, RFC 6533 3)."""
    if recipient.isascii():
        return f"rfc822;{_xtext(recipient)}"
    return "utf-8;" + _NO_QUCHAR.sub(lambda found: f"\\x{{{ord(found[0]):X}}}", recipient)


def _xtext(text: str) -> str:
    return _NO_XCHAR.sub(lambda found: f"+{ord(found[0]):02X}", text)


def _check_deliver_by(by: DeliverBy | None, extensions: Extensions) -> None:
    """See that the time is one that the server can keep (RFC 2852 4)."""
    least = extensions.keywords.get("DELIVERBY", "").partition(",")[0]
    if by is None or not _NUMBER.fullmatch(least):
        return
    if by.otherwise == "return" and by.seconds < int(least):
        raise Unsupported(f"delivery by {by.seconds} s is asked for, the server needs {least} s")


def _check_hold(envelope: Envelope, extensions: Extensions) -> None:
    """See that the server holds a message for so long (RFC 4865 4)."""
    longest, _, latest = extensions.keywords.get("FUTURERELEASE", "").partition(" ")
    wait = envelope.hold_for
    if wait is not None and _NUMBER.fullmatch(longest) and wait > int(longest):
        raise _held_too_long(f"for {wait} s", f"for {longest} s")
    until, limit = envelope.hold_until, _read_time(latest)
    if until is not None and limit is not None and until > limit:
        raise _held_too_long(f"until {until.isoformat()}", f"until {latest}")


def _held_too_long(asked: str, offered: str) -> MailcoreError:
    return Unsupported(f"the message is to be held {asked}, the server holds it {offered} at most")


def _read_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
