"""`mailcore demo`: the whole tour, offline, against a sandbox in this process.

Each line is something that was done and looked at; one that is not as it should be makes the exit
code 1, so that the demo is also a test of the installation.
"""

import argparse
import base64
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from mailcore.domains import (
    DomainReport,
    Severity,
    Zone,
    build_bimi,
    build_mta_sts,
    build_tls_rpt,
    check_domain,
)
from mailcore.errors import AuthenticationFailed
from mailcore.message import Address, Attachment, Message, Part, ReceivedMessage
from mailcore.notices import Notifier
from mailcore.sandbox import Account, Sandbox
from mailcore.sasl import Password

__all__ = ["add_command"]

EXCEPTIONS = 1000

LOGO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGj4DwACBAGANtgKWAAAAABJRU5ErkJggg=="
)
REPORT = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"

ZONE = Zone(
    {
        "good.test": {"MX": ["10 mx.good.test"], "TXT": ["v=spf1 mx -all"]},
        "mx.good.test": {"A": ["198.51.100.25"]},
        "_dmarc.good.test": {"TXT": ["v=DMARC1; p=reject; rua=mailto:dmarc@good.test"]},
        "_mta-sts.good.test": {"TXT": [build_mta_sts(id="20260101").text]},
        "_smtp._tls.good.test": {"TXT": [build_tls_rpt(reports=["mailto:tls@good.test"]).text]},
        "default._bimi.good.test": {"TXT": [build_bimi(location="https://good.test/l.svg").text]},
        "2026._domainkey.good.test": {
            "TXT": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]
        },
        "bad.test": {"MX": ["10 mx.bad.test"], "TXT": ["v=spf1 include:bad.test +all"]},
    }
)


def add_command(commands: Any) -> None:
    """Tell the parser about `demo`."""
    parser = commands.add_parser(
        "demo",
        help="take the tour, offline",
        description="Send a mail and read it back, check two domains, be told of 1,000 exceptions."
        " Nothing leaves this machine. The exit code is 0 only if every step worked.",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Take the tour; the exit code tells whether every step was right."""
    del arguments  # there are none
    begun = time.monotonic()
    tour = Tour()
    print("mailcore, without an account: servers in this process, nothing leaves the machine.")
    with Sandbox(zone=ZONE) as sandbox:
        with tour.chapter("A mail goes out over TLS, is caught, and reads back equal"):
            send_and_read_back(tour, sandbox)
        with tour.chapter("Two domains are checked"):
            check_domains(tour, sandbox)
        with tour.chapter(f"{EXCEPTIONS} exceptions of three bugs become four mails"):
            report_exceptions(tour, sandbox)
    print()
    if tour.failures:
        print(f"{tour.failures} of {tour.steps} steps did not work.")
        return 1
    print(f"All {tour.steps} steps worked, in {time.monotonic() - begun:.1f} s.")
    return 0


class Tour:
    """Prints the steps and counts those that are not as they should be."""

    def __init__(self) -> None:
        self.steps: int = 0
        self.failures: int = 0
        coloured = sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._signs = {
            True: "\x1b[32m✓\x1b[0m" if coloured else "✓",
            False: "\x1b[31m✗\x1b[0m" if coloured else "✗",
        }

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        """Print a title; an exception among its steps is one more that failed."""
        print(f"\n{title}")
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a tour tells of whatever went wrong, and goes on
            self.step(
                "the steps above come to their end", f"{type(error).__name__}: {error}", False
            )

    def step(self, what: str, seen: object, right: bool) -> None:
        """Print one step with what was seen."""
        self.steps += 1
        self.failures += not right
        print(f"  {self._signs[right]} {what:<22} {seen}")


def send_and_read_back(tour: Tour, sandbox: Sandbox) -> None:
    """Send the front page's mail and compare all of it with what arrived."""
    bot, fang = sandbox.account("bot@example.test"), sandbox.account("fang@example.test")
    message = Message(
        from_=f"报表机器人 <{bot.email}>",
        to=[f"王芳 <{fang.email}>", Address(name="Ops", email="ops@example.org")],
        subject="今日报告 📈",
        text="见附件",
        html='<h2>见附件</h2><img src="cid:logo">',
        attachments=[
            Attachment(filename="report.pdf", content=REPORT),
            Attachment(filename="数据.csv", content=b"a,b\n1,2\n"),
        ],
        inline={"logo": Attachment(filename="logo.png", content=LOGO)},
    )
    try_wrong_password(tour, sandbox, bot, message)
    message = message.finalise()
    with sandbox.transport(bot) as smtp:
        receipt = smtp.send(message)
    tour.step("sent", receipt.reply, len(receipt.accepted) == len(message.recipients))
    tour.step("arrived", f"in the inbox of {fang.email}", len(fang.inbox) == 1)
    received = fang.inbox[0].message
    compare(tour, message, received)
    answer = received.reply(text="谢谢")
    goes_back = answer.to == (message.from_,) and answer.in_reply_to == message.message_id
    tour.step("an answer", f"{answer.subject}, to {answer.to[0]}", goes_back)


def try_wrong_password(tour: Tour, sandbox: Sandbox, bot: Account, message: Message) -> None:
    """See that nobody comes in with a wrong password."""
    impostor = replace(bot, auth=Password(bot.email, "guessed"))
    with sandbox.transport(impostor) as smtp:
        try:
            answer, refused = str(smtp.send(message).reply), False
        except AuthenticationFailed as error:
            answer, refused = str(error.reply), True
    tour.step("a wrong password", answer, refused and not sandbox.caught)


def compare(tour: Tour, sent: Message, received: ReceivedMessage) -> None:
    """See that each part of a mail is what it was."""
    same_id = received.message_id is not None and received.message_id == sent.message_id
    tour.step("message id", received.message_id, same_id)
    tour.step("date", received.date, received.date is not None and received.date == sent.date)
    tour.step("from", received.from_, received.from_ == sent.from_)
    tour.step("to", ", ".join(map(str, received.to)), list(received.to) == list(sent.to))
    tour.step("subject", received.subject, received.subject == sent.subject)
    tour.step("text", received.text, received.text == sent.text)
    tour.step("html", received.html, received.html == sent.html)
    for before, after in zip(sent.attachments, received.attachments, strict=True):
        same = describe(after) == describe(before) and after.content == before.content
        tour.step("attachment", f"{describe(after)}, {len(after.content)} bytes", same)
    (logo,) = received.inline
    shown = logo.content_id == "logo" and logo.content == LOGO
    tour.step("inline image", f"cid:{logo.content_id}, {len(logo.content)} bytes", shown)
    tour.step("defects", len(received.defects) or "none", not received.defects)


def describe(part: Attachment | Part) -> str:
    """Give a part's name and type."""
    return f"{part.filename}, {part.content_type}"


def check_domains(tour: Tour, sandbox: Sandbox) -> None:
    """Check a domain where all is well, and one where little is, over the sandbox's name server."""
    good = check_domain("good.test", selectors=["2026"], resolver=sandbox.resolver)
    all_present = {result.status for result in good.results.values()} == {"present"}
    tour.step("good.test", summary(good), all_present and good.worst <= Severity.NOTICE)
    bad = check_domain("bad.test", resolver=sandbox.resolver)
    tour.step("bad.test", summary(bad), bad.worst == Severity.ERROR)
    expected = {"mx.host-missing", "spf.pass-all", "spf.loop", "dmarc.missing"}
    errors = [finding for finding in bad.findings if finding.severity == Severity.ERROR]
    for finding in errors:
        tour.step(f"  {finding.code}", finding.message, finding.code in expected)
    missed = expected - {finding.code for finding in errors}
    tour.step("nothing was missed", ", ".join(sorted(missed)) or "indeed", not missed)


def summary(report: DomainReport) -> str:
    """Give the status of each check in a line."""
    checks = ", ".join(f"{name} {result.status}" for name, result in report.results.items())
    return f"{report.worst}: {checks}"


def report_exceptions(tour: Tour, sandbox: Sandbox) -> None:
    """Let three lines fail many times, and count the mails."""
    ops = sandbox.account("ops@example.test")
    begun = time.monotonic()
    with (
        sandbox.transport(sandbox.account("bot@example.test")) as smtp,
        Notifier(smtp, to=ops.email, app="shop-crawler", spool=False) as notifier,
    ):
        for page in range(EXCEPTIONS):
            with notifier.context(page=page), notifier.guard():
                crawl(page)
        crawled = time.monotonic() - begun
        unharmed = notifier.failures == 0
        tour.step("the crawler went on", f"at {crawled / EXCEPTIONS * 1e6:.0f} µs each", unharmed)
    for delivery in ops.inbox:
        headers = delivery.message.headers
        told = int(headers["X-Mailcore-Count"] or 0)
        tour.step(f"tells of {told}", delivery.message.subject, told > 0)
    check_counts(tour, ops)


def check_counts(tour: Tour, ops: Account) -> None:
    """See that four mails tell of every exception, once."""
    counts = [int(delivery.message.headers["X-Mailcore-Count"] or 0) for delivery in ops.inbox]
    tour.step("mails", len(counts), len(counts) == 4)  # noqa: PLR2004 - one of each bug, and one digest
    tour.step("exceptions in them", sum(counts), sum(counts) == EXCEPTIONS)


def crawl(page: int) -> None:
    """Fail, as pages without a price or a name do, and servers that are too slow."""
    match page % 3:
        case 0:
            raise ValueError(f"no price on page {page}")
        case 1:
            raise KeyError("name")
        case _:
            raise TimeoutError("shop.example did not answer in time")
