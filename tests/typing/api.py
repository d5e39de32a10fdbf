"""The public API as a user types it: checked by mypy --strict and basedpyright, never run."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

from mailcore import (
    TLS,
    Address,
    AsyncDomainChecker,
    AsyncSMTPTransport,
    Attachment,
    DomainChecker,
    DomainReport,
    Envelope,
    Group,
    MailcoreError,
    MemoryTransport,
    Message,
    Notifier,
    Password,
    Receipt,
    ReceivedMessage,
    Reply,
    SMTPTransport,
    Transport,
    Unsubscribe,
    async_check_domain,
    check_domain,
    parse,
)
from mailcore.domains import DKIM, DMARC, MX, SPF, Finding, Resolver, Severity, Zone
from mailcore.errors import PartiallyRefused, RecipientsRefused
from mailcore.message import Rendered, inline_css
from mailcore.sandbox import Sandbox

message = Message(
    from_="报表机器人 <bot@example.com>",
    to=["王芳 <fang@example.org>", Address(name="Ops", email="ops@example.org")],
    cc=Group(name="team", members=["a@example.org"]),
    subject="今日报告",
    text="见附件",
    html="<p>见附件</p>",
    attachments=[Path("report.pdf"), Attachment(filename="raw.csv", content=b"a,b\n")],
    inline={"logo": Path("logo.png")},
    date=datetime(2026, 11, 23, tzinfo=UTC),
    amp="<html ⚡4email>",
    calendar=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    priority="high",
    unsubscribe=["https://example.com/u/1", "mailto:leave@example.com"],
    headers=[("Auto-Submitted", "auto-generated")],
)
assert_type(message.to_bytes(), bytes)
assert_type(message.to_bytes(eight_bit=True), bytes)
assert_type(message.render(), Rendered)
assert_type(message.render().size, int)
assert_type(message.replace(to="other@example.org"), Message)
message.replace(unsubscribe=Unsubscribe(uris="https://example.com/u/1", one_click=False))
assert_type(inline_css("<p>"), str)
Message.model_validate({"from": "bot@example.com", "to": "a@example.org"})

mail = parse(b"")
assert_type(mail, ReceivedMessage)
assert_type(mail.subject, str | None)
for attachment in mail.attachments:
    assert_type(attachment.content, bytes)
    attachment.save(Path())
assert_type(mail.reply(text="Thanks"), Message)
assert_type(mail.reply_all(html="<p>Thanks", quote=False), Message)
assert_type(mail.forward(to="x@example.org", as_attachment=True), Message)
assert_type(mail.redirect(from_="me@example.org", to="x@example.org"), bytes)

with SMTPTransport(
    "smtp.example.com",
    security="starttls",
    auth=Password("user", "secret"),
    tls=TLS(ca_file="authority.pem", fingerprints={"ab" * 32}),
    timeout=30,
) as smtp:
    receipt = smtp.send(message)
    assert_type(receipt, Receipt)
    assert_type(receipt.accepted, tuple[str, ...])
    assert_type(receipt.reply, Reply)
    try:
        smtp.send(
            b"Subject: ready\r\n\r\n",
            envelope=Envelope(mail_from="bounce@example.com", recipients=["a@example.org"]),
            allow_partial=True,
        )
    except PartiallyRefused as error:
        assert_type(error.receipt, Receipt)
    except RecipientsRefused as error:
        assert_type(error.rejected["a@example.org"].code, int)
    except MailcoreError as error:
        assert_type(error.retryable, bool)


class Printing:
    """Anybody's own transport fits."""

    def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        """Print instead."""
        return Receipt(accepted=(), reply=Reply(250, (str(len(bytes(allow_partial))),)))

    def close(self) -> None:
        """Do nothing."""


transports: list[Transport] = [smtp, MemoryTransport(), Printing()]


async def send() -> None:
    """Use the async halves."""
    async with AsyncSMTPTransport("smtp.example.com") as transport:
        assert_type(await transport.send(message), Receipt)
    assert_type(await async_check_domain("example.com"), DomainReport)
    assert_type(await AsyncDomainChecker().check("example.com"), DomainReport)


asyncio.run(send())

report = check_domain("example.com", selectors=["s1"])
assert_type(report.findings, tuple[Finding, ...])
assert_type(report.worst, Severity)
DomainChecker(
    resolver=Resolver(["127.0.0.1:5300"]), checks=[MX(), SPF(), DKIM(selectors=["s1"]), DMARC()]
).check("example.com")
DomainChecker(resolver=Zone({"example.com": {"TXT": ["v=spf1 -all"]}})).check("example.com")

with Notifier(
    MemoryTransport(), to="ops@example.org", from_="bot@example.com", app="x"
) as notifier:
    with notifier.context(url="https://example.org"), notifier.guard():
        raise ValueError

    @notifier.guard()
    def work(number: int) -> str:
        """Keep its type under the decorator."""
        return str(number)


with Sandbox() as sandbox:
    assert_type(sandbox.account("alice@example.test").inbox[0].message, ReceivedMessage)
