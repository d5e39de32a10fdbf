"""Sending to a real Postfix, with SASL by a real Dovecot, as far as the Maildir."""

import itertools
import re
from pathlib import Path

import pytest

from mailcore.errors import (
    AuthenticationFailed,
    CertificateExpired,
    CertificateUntrusted,
    ContentRefused,
    HostnameMismatch,
    MailcoreError,
    PartiallyRefused,
    ProxyRefused,
    RecipientsRefused,
    STARTTLSInjected,
    STARTTLSUnavailable,
)
from mailcore.message import Address, Attachment, Message, ReceivedMessage, parse
from mailcore.net.tls import TLS
from mailcore.sasl import OAuth2, Password
from mailcore.transport import Envelope
from tests.colours import Colour
from tests.live.proxy import InjectingProxy
from tests.live.servers import PASSWORD, USER, Dovecot, Postfix, Proxies, access_token

ME = Password(USER, PASSWORD)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40

_numbers = itertools.count()


@pytest.fixture
def recipient() -> str:
    """Give a user with an empty Maildir."""
    return f"user{next(_numbers)}"


@pytest.fixture
def message(recipient: str, tmp_path: Path) -> Message:
    """Give the front page's mail."""
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.7\r\n" + bytes(range(256)) * 100)
    return Message(
        from_="报表机器人 <bot@example.test>",
        to=[
            f"王芳 <{recipient}@example.test>",
            Address(name="Ops, night", email="ops@example.test"),
        ],
        subject="今日报告 📈",
        text="见附件\n.\n.. a line with dots\n",
        html='<h2>见附件</h2><img src="cid:logo">',
        attachments=[report, Attachment(filename="原始数据.csv", content=b"a,b\n")],
        inline={"logo": Attachment(filename="logo.png", content=PNG)},
    )


def check_equal(received: ReceivedMessage, sent: Message) -> None:
    assert received.from_ == sent.from_
    assert list(received.to) == list(sent.to)
    assert received.subject == sent.subject
    assert received.text == sent.text
    assert received.html == sent.html
    assert [part.filename for part in received.attachments] == ["report.pdf", "原始数据.csv"]
    assert received.attachments[0].content == b"%PDF-1.7\r\n" + bytes(range(256)) * 100
    assert received.attachments[1].content == b"a,b\n"
    assert [part.content for part in received.inline] == [PNG]
    assert list(received.defects) == []


@pytest.mark.parametrize(("port", "security"), [("tls", "tls"), ("submission", "starttls")])
def test_the_front_pages_mail_goes_out_and_comes_back_equal(
    colour: Colour,
    postfix: Postfix,
    tls: TLS,
    message: Message,
    recipient: str,
    port: str,
    security: str,
) -> None:
    with colour.smtp("localhost", postfix.ports[port], security=security, auth=ME, tls=tls) as smtp:
        receipt = smtp.send(message)
    received = parse(postfix.delivered(recipient))
    check_equal(received, message)
    assert received.message_id == receipt.message_id
    assert re.match(r"2\.0\.0 Ok: \d+ bytes queued as ", receipt.reply.text)
    postfix.delivered("ops")


def test_ready_bytes_are_delivered_as_they_are(
    colour: Colour, postfix: Postfix, tls: TLS, recipient: str
) -> None:
    raw = (
        "From: bot@example.test\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
        "Message-ID: <ready@example.test>\r\nSubject: ready\r\n\r\nhéllo\r\n.\r\n..\r\n"
    ).encode()
    envelope = Envelope(mail_from="", recipients=f"{recipient}@example.test")
    with colour.smtp("localhost", postfix.ports["plain"], tls=tls) as smtp:
        smtp.send(raw, envelope=envelope)
    delivered = postfix.delivered(recipient)
    assert delivered.endswith(raw.replace(b"\r\n", b"\n"))


def test_an_international_address_is_delivered(
    colour: Colour, postfix: Postfix, tls: TLS, message: Message
) -> None:
    user = f"用户{next(_numbers)}"
    with colour.smtp("localhost", postfix.ports["plain"], tls=tls) as smtp:
        smtp.send(message.replace(to=f"王芳 <{user}@example.test>"))
    assert parse(postfix.delivered(user)).to[0].email == f"{user}@example.test"


def test_one_connection_carries_many_mails(
    colour: Colour, postfix: Postfix, tls: TLS, message: Message
) -> None:
    users = [f"many{next(_numbers)}" for _ in range(5)]
    with colour.smtp("localhost", postfix.ports["tls"], security="tls", tls=tls) as smtp:
        for user in users:
            smtp.send(message.replace(to=f"{user}@example.test"))
    assert all(parse(postfix.delivered(user)).subject == message.subject for user in users)


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_a_mail_goes_through_a_proxy(
    colour: Colour,
    postfix: Postfix,
    proxies: Proxies,
    tls: TLS,
    message: Message,
    recipient: str,
    kind: str,
) -> None:
    urls = {
        "socks5": f"socks5://me:p%40ss@127.0.0.1:{proxies.socks_port}",
        "http": f"http://127.0.0.1:{proxies.http_port}",
    }
    port = postfix.ports["submission"]
    with colour.smtp("localhost", port, auth=ME, tls=tls, proxy=urls[kind]) as smtp:
        smtp.send(message)
    assert parse(postfix.delivered(recipient)).subject == message.subject


def test_a_proxy_that_does_not_know_us_refuses(
    colour: Colour, postfix: Postfix, proxies: Proxies, message: Message
) -> None:
    url = f"socks5://me:wrong@127.0.0.1:{proxies.socks_port}"
    with (
        colour.smtp("localhost", postfix.ports["submission"], proxy=url) as smtp,
        pytest.raises(ProxyRefused),
    ):
        smtp.send(message)


def test_a_wrong_password_is_refused(
    colour: Colour, postfix: Postfix, tls: TLS, message: Message
) -> None:
    with (
        colour.smtp(
            "localhost", postfix.ports["submission"], auth=Password(USER, "wrong"), tls=tls
        ) as smtp,
        pytest.raises(AuthenticationFailed) as caught,
    ):
        smtp.send(message)
    assert (caught.value.code, str(caught.value.enhanced_code)) == (535, "5.7.8")


@pytest.mark.parametrize(
    "mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]
)
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_every_mechanism_lets_in_whom_the_server_knows(
    colour: Colour, postfix: Postfix, tls: TLS, recipient: str, mechanism: str, password: str
) -> None:
    auth = Password(USER, password, mechanism=mechanism)
    mail = Message(from_="bot@example.test", to=f"{recipient}@example.test", text=mechanism)
    with colour.smtp("localhost", postfix.ports["submission"], auth=auth, tls=tls) as smtp:
        if password == PASSWORD:
            smtp.send(mail)
            assert parse(postfix.delivered(recipient)).text == mechanism
        else:
            with pytest.raises(AuthenticationFailed):
                smtp.send(mail)


def test_by_itself_the_strongest_is_spoken(
    colour: Colour, postfix: Postfix, tls: TLS, recipient: str
) -> None:
    mail = Message(from_="bot@example.test", to=f"{recipient}@example.test", text="x")
    with colour.smtp("localhost", postfix.ports["submission"], auth=ME, tls=tls) as smtp:
        smtp.send(mail)
    postfix.delivered(recipient)
    assert "sasl_method=SCRAM-SHA-256" in postfix.log


def test_a_token_lets_in_and_one_that_is_over_is_replaced_once(
    colour: Colour, postfix: Postfix, tls: TLS, recipient: str
) -> None:
    tokens = [access_token(USER, seconds=-60), access_token(USER, seconds=600)]
    mail = Message(from_="bot@example.test", to=f"{recipient}@example.test", text="x")
    auth = OAuth2(USER, lambda: tokens.pop(0))
    with colour.smtp("localhost", postfix.ports["submission"], auth=auth, tls=tls) as smtp:
        smtp.send(mail)
    assert tokens == []
    postfix.delivered(recipient)


def test_a_token_that_is_over_is_refused_for_the_reason_that_the_server_gives(
    colour: Colour, postfix: Postfix, tls: TLS, message: Message
) -> None:
    token = access_token(USER, seconds=-60)
    with (
        colour.smtp(
            "localhost", postfix.ports["submission"], auth=OAuth2(USER, token), tls=tls
        ) as smtp,
        pytest.raises(AuthenticationFailed, match="status invalid_token") as caught,
    ):
        smtp.send(message)
    assert token not in str(caught.value)


def test_without_a_password_a_submission_server_refuses(
    colour: Colour, postfix: Postfix, tls: TLS, message: Message
) -> None:
    with (
        colour.smtp("localhost", postfix.ports["submission"], tls=tls) as smtp,
        pytest.raises(RecipientsRefused),
    ):
        smtp.send(message)


def test_one_refused_recipient_of_two_is_reported_and_the_other_served(
    colour: Colour, postfix: Postfix, tls: TLS, message: Message, recipient: str
) -> None:
    both = message.replace(to=[f"{recipient}@example.test", "nobody@example.test"])
    with (
        colour.smtp("localhost", postfix.ports["plain"], tls=tls) as smtp,
        pytest.raises(PartiallyRefused) as caught,
    ):
        smtp.send(both)
    assert caught.value.receipt.accepted == (f"{recipient}@example.test",)
    assert caught.value.receipt.rejected["nobody@example.test"].code == 554
    assert parse(postfix.delivered(recipient)).subject == message.subject


def test_a_message_above_the_servers_size_is_refused_here(
    colour: Colour, postfix: Postfix, tls: TLS, message: Message
) -> None:
    big = message.replace(attachments=[Attachment(filename="big", content=bytes(8_000_000))])
    with (
        colour.smtp("localhost", postfix.ports["plain"], tls=tls) as smtp,
        pytest.raises(ContentRefused, match="10000000"),
    ):
        smtp.send(big)


@pytest.mark.parametrize("security", ["starttls", "opportunistic"])
@pytest.mark.parametrize(
    ("port", "kind"),
    [
        ("self_signed", CertificateUntrusted),
        ("wrong_host", HostnameMismatch),
        ("expired", CertificateExpired),
    ],
)
def test_a_bad_certificate_is_refused_and_no_credential_sent(
    colour: Colour,
    postfix: Postfix,
    dovecot: Dovecot,
    tls: TLS,
    message: Message,
    port: str,
    kind: type[MailcoreError],
    security: str,
) -> None:
    logged_in = dovecot.log.read_text()
    with (
        colour.smtp("localhost", postfix.ports[port], security=security, auth=ME, tls=tls) as smtp,
        pytest.raises(MailcoreError) as caught,
    ):
        smtp.send(message)
    assert type(caught.value) is kind
    assert dovecot.log.read_text() == logged_in


@pytest.mark.parametrize("security", ["starttls", "opportunistic"])
def test_a_stripped_starttls_is_refused_and_no_credential_sent(
    colour: Colour, postfix: Postfix, dovecot: Dovecot, tls: TLS, message: Message, security: str
) -> None:
    logged_in = dovecot.log.read_text()
    with (
        colour.smtp(
            "localhost", postfix.ports["stripped"], security=security, auth=ME, tls=tls
        ) as smtp,
        pytest.raises(STARTTLSUnavailable),
    ):
        smtp.send(message)
    assert dovecot.log.read_text() == logged_in


@pytest.mark.parametrize("apart", [False, True], ids=["in one packet", "in a packet of its own"])
def test_bytes_before_the_handshake_are_refused_and_no_credential_sent(
    colour: Colour,
    postfix: Postfix,
    dovecot: Dovecot,
    tls: TLS,
    message: Message,
    *,
    apart: bool,
) -> None:
    logged_in = dovecot.log.read_text()
    with (
        InjectingProxy(postfix.ports["submission"], apart=apart) as proxy,
        colour.smtp("localhost", proxy.port, auth=ME, tls=tls) as smtp,
        pytest.raises(STARTTLSInjected),
    ):
        smtp.send(message)
    assert dovecot.log.read_text() == logged_in
