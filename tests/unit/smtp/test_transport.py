import asyncio
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from select import select
from time import monotonic
from typing import Any

import pytest

from mailcore.errors import (
    CertificateUntrusted,
    ConfigurationError,
    ConnectionLost,
    CouldNotConnect,
    SenderRefused,
)
from mailcore.message import Message
from mailcore.net.tls import TLS
from mailcore.sandbox import Sandbox
from mailcore.sasl import Password
from mailcore.smtp import AsyncSMTPTransport, SMTPTransport
from tests.colours import Colour
from tests.peers import Close, Conversation, Peer, Silence, SMTPScript

Start = Callable[[Conversation], Peer]
Program = Callable[..., subprocess.Popen[str]]

MESSAGE = Message(from_="bot@example.com", to="alice@example.test", subject="x", text="hello")

AT_EXIT = """
import atexit, sys
from mailcore import Message, SMTPTransport

message = Message(from_="bot@example.com", to="a@example.org", text="goodbye")
smtp = SMTPTransport("127.0.0.1", int(sys.argv[1]), security="plain")
atexit.register(smtp.close)
atexit.register(lambda: print(smtp.send(message).reply.code))
"""

ASYNC_AT_EXIT = """
import asyncio, atexit, sys
from mailcore import AsyncSMTPTransport, Message

message = Message(from_="bot@example.com", to="a@example.org", text="goodbye")

async def send():
    async with AsyncSMTPTransport("localhost", int(sys.argv[1]), security="plain") as smtp:
        print((await smtp.send(message)).reply.code)

atexit.register(lambda: asyncio.run(send()))
"""


CTRL_C = """
import sys
from mailcore import Message, SMTPTransport

message = Message(from_="bot@example.com", to="a@example.org", text="hello")
with SMTPTransport("127.0.0.1", int(sys.argv[1]), security="plain") as smtp:
    try:
        print("sending", flush=True)
        smtp.send(message)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    print(smtp.send(message).reply.code, flush=True)
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as one:
        yield one


def test_nothing_is_connected_before_the_first_send(colour: Colour) -> None:
    colour.smtp("no.such.host.invalid").close()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_out_over_tls_with_a_password(
    colour: Colour, sandbox: Sandbox, security: str
) -> None:
    alice = sandbox.account("alice@example.test")
    port = sandbox.smtps_port if security == "tls" else sandbox.smtp_port
    with colour.smtp(
        sandbox.host, port, security=security, auth=alice.auth, tls=sandbox.tls
    ) as smtp:
        receipt = smtp.send(MESSAGE)
    assert receipt.accepted == ("alice@example.test",)
    assert alice.inbox[0].message.message_id == receipt.message_id
    assert alice.inbox[0].message.subject == "x"


@pytest.mark.parametrize("scheme", ["smtp", "smtp+starttls", "smtps"])
def test_a_url_says_it_all(colour: Colour, sandbox: Sandbox, scheme: str) -> None:
    alice = sandbox.account("alice@example.test", password="a/b")
    port = sandbox.smtps_port if scheme == "smtps" else sandbox.smtp_port
    url = f"{scheme}://alice%40example.test:a%2Fb@localhost:{port}"
    with colour.smtp_from_url(url, tls=sandbox.tls) as smtp:
        smtp.send(MESSAGE)
    assert alice.inbox[0].message.subject == "x"


def test_the_sandboxes_certificate_is_trusted_by_nobody_else(
    colour: Colour, sandbox: Sandbox
) -> None:
    with (
        colour.smtp(sandbox.host, sandbox.smtp_port) as smtp,
        pytest.raises(CertificateUntrusted),
    ):
        smtp.send(MESSAGE)
    assert len(sandbox.caught) == 0


def test_one_connection_serves_many_messages(colour: Colour, peer: Start) -> None:
    script = SMTPScript()
    server = peer(script)
    with colour.smtp("127.0.0.1", server.port, security="plain") as smtp:
        for _ in range(5):
            smtp.send(MESSAGE)
    assert server.connections == 1
    assert len(script.messages) == 5
    assert script.commands[-1] == "QUIT"


@pytest.mark.parametrize("answer", [Close, b"421 idle too long"], ids=["closed", "421"])
def test_a_connection_that_went_stale_is_replaced_once(
    colour: Colour, peer: Start, answer: bytes
) -> None:
    server = peer(SMTPScript(MAIL=[b"250 ok", answer, b"250 ok"]))
    with colour.smtp("127.0.0.1", server.port, security="plain") as smtp:
        smtp.send(MESSAGE)
        assert smtp.send(MESSAGE).reply.code == 250
    assert server.connections == 2


def test_a_farewell_behind_the_last_answer_means_another_connection(
    colour: Colour, peer: Start
) -> None:
    server = peer(SMTPScript(dot=[b"250 taken\r\n421 4.3.2 closing", b"250 taken"]))
    with colour.smtp("127.0.0.1", server.port, security="plain") as smtp:
        smtp.send(MESSAGE)
        assert smtp.send(MESSAGE).reply.code == 250
    assert server.connections == 2


def test_a_fresh_connection_that_fails_is_not_replaced(colour: Colour, peer: Start) -> None:
    server = peer(SMTPScript(MAIL=Close))
    with (
        colour.smtp("127.0.0.1", server.port, security="plain") as smtp,
        pytest.raises(ConnectionLost),
    ):
        smtp.send(MESSAGE)
    assert server.connections == 1


def test_a_refusal_is_not_a_stale_connection(colour: Colour, peer: Start) -> None:
    server = peer(SMTPScript(MAIL=[b"250 ok", b"553 not yours"]))
    with colour.smtp("127.0.0.1", server.port, security="plain") as smtp:
        smtp.send(MESSAGE)
        with pytest.raises(SenderRefused):
            smtp.send(MESSAGE)
    assert server.connections == 1


def test_after_close_the_next_message_connects_anew(colour: Colour, peer: Start) -> None:
    server = peer(SMTPScript())
    smtp = colour.smtp("127.0.0.1", server.port, security="plain")
    smtp.send(MESSAGE)
    smtp.close()
    smtp.send(MESSAGE)
    smtp.close()
    smtp.close()
    assert server.connections == 2


def test_a_server_that_is_not_there_is_named(colour: Colour) -> None:
    with (
        colour.smtp("127.0.0.1", 1, security="plain") as smtp,
        pytest.raises(CouldNotConnect, match=r"127\.0\.0\.1:1"),
    ):
        smtp.send(MESSAGE)


def test_threads_share_a_transport(sandbox: Sandbox) -> None:
    with sandbox.transport() as smtp:
        threads = [
            threading.Thread(target=lambda: [smtp.send(MESSAGE) for _ in range(5)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(sandbox.caught) == 20


def test_tasks_share_a_transport(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        async with sandbox.async_transport() as smtp:
            await asyncio.gather(*(smtp.send(MESSAGE) for _ in range(20)))

    asyncio.run(scenario())
    assert len(sandbox.caught) == 20


def test_the_blocking_face_works_inside_a_running_loop(sandbox: Sandbox) -> None:
    async def scenario() -> int:
        with sandbox.transport() as smtp:
            return smtp.send(MESSAGE).reply.code

    assert asyncio.run(scenario()) == 250


def test_a_connection_of_another_event_loop_is_dropped(peer: Start) -> None:
    server = peer(SMTPScript())
    smtp = AsyncSMTPTransport("127.0.0.1", server.port, security="plain")
    asyncio.run(smtp.send(MESSAGE))
    asyncio.run(smtp.send(MESSAGE))
    asyncio.run(smtp.close())
    assert server.connections == 2


def test_a_forked_child_leaves_its_parents_connection_alone(peer: Start) -> None:
    script = SMTPScript()
    server = peer(script)
    with SMTPTransport("127.0.0.1", server.port, security="plain") as smtp:
        smtp.send(MESSAGE)
        child = os.fork()
        if child == 0:
            smtp.send(MESSAGE)
            smtp.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        smtp.send(MESSAGE)
    assert server.connections == 2
    assert len(script.messages) == 3


@pytest.mark.parametrize("program", [AT_EXIT, ASYNC_AT_EXIT], ids=["blocking", "asyncio"])
def test_a_mail_can_be_sent_at_interpreter_exit(peer: Start, program: str) -> None:
    port = str(peer(SMTPScript()).port)
    done = subprocess.run(
        [sys.executable, "-c", program, port], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("250\n", "")


def test_ctrl_c_within_a_message_closes_its_connection(peer: Start, start: Program) -> None:
    """The answer that was waited for must not be taken for the next message's."""
    script = SMTPScript(MAIL=[Silence, b"250 ok"])
    server = peer(script)
    process = start(CTRL_C, server.port)
    assert process.stdout is not None
    assert process.stdout.readline() == "sending\n"
    assert script.wait_for("MAIL")
    deadline = monotonic() + 10
    while monotonic() < deadline and not select([process.stdout], [], [], 1)[0]:
        process.send_signal(signal.SIGINT)  # Python may miss one just before it begins to wait
    assert process.stdout.read() == "interrupted\n250\n"
    assert server.connections == 2


def test_a_forgotten_transport_only_closes_its_socket(peer: Start) -> None:
    script = SMTPScript()
    server = peer(script)
    forgotten = [SMTPTransport("127.0.0.1", server.port, security="plain")]
    forgotten[0].send(MESSAGE)
    with pytest.warns(ResourceWarning, match="unclosed"):
        forgotten.clear()
    assert server.wait_for_end()
    assert "QUIT" not in script.commands


def test_connecting_sending_and_closing_start_no_thread(
    colour: Colour, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Thread, "start", lambda _: pytest.fail("a thread was started"))
    with colour.smtp("127.0.0.1", sandbox.smtp_port, tls=sandbox.tls) as smtp:
        assert smtp.send(MESSAGE).reply.code == 250


def test_a_connection_error_says_at_what_stage(colour: Colour) -> None:
    with (
        colour.smtp("127.0.0.1", 1, security="plain") as smtp,
        pytest.raises(CouldNotConnect) as caught,
    ):
        smtp.send(MESSAGE)
    assert (caught.value.host, caught.value.stage) == ("127.0.0.1:1", "connect")


def test_a_certificate_file_that_is_missing_is_said_before_connecting(
    colour: Colour, peer: Start
) -> None:
    server = peer(SMTPScript())
    with (
        colour.smtp("127.0.0.1", server.port, tls=TLS(ca_file="/nowhere.pem")) as smtp,
        pytest.raises(ConfigurationError, match="certificate file"),
    ):
        smtp.send(MESSAGE)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("options", "port", "security"),
    [
        ({}, 587, "starttls"),
        ({"security": "tls"}, 465, "tls"),
        ({"port": 465}, 465, "tls"),
        ({"port": 2525}, 2525, "starttls"),
        ({"security": "opportunistic"}, 25, "opportunistic"),
        ({"security": "plain"}, 25, "plain"),
    ],
)
def test_port_and_security_go_together(options: dict[str, Any], port: int, security: str) -> None:
    shown = repr(SMTPTransport("mail.example", **options))
    assert shown == f"<SMTPTransport mail.example:{port} {security}>"


def test_a_repr_does_not_show_the_password() -> None:
    assert "hush" not in repr(SMTPTransport("mail.example", auth=Password("me", "hush")))


def test_a_transport_is_not_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(SMTPTransport("mail.example", auth=Password("me", "hush")))


def test_a_password_over_plain_text_has_to_be_asked_for() -> None:
    with pytest.raises(ConfigurationError, match="in the clear"):
        SMTPTransport("mail.example", security="plain", auth=Password("me", "hush"))


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("", {}),
        ("mail.example\r\nMAIL", {}),
        ("mail example", {}),
        ("mail.example", {"port": 0}),
        ("mail.example", {"port": 70000}),
        ("mail.example", {"port": "587"}),
        ("mail.example", {"local_name": "x\r\nMAIL"}),
        ("mail.example", {"local_name": "a b"}),
        ("mail.example", {"local_name": ""}),
        ("mail.example", {"source_address": "eth0"}),
        ("mail.example", {"source_address": 5}),
        ("mail.example", {"local_name": 5}),
        ("mail.example", {"auth": ("user", "secret")}),
        ("mail.example", {"proxy": "socks5://proxy.example:0"}),
        ("mail.example", {"timeout": 0}),
        ("mail.example", {"timeout": "5"}),
        ("mail.example", {"tls": True}),
        ("mail.example", {"proxy": 3}),
        ("mail.example", {"port": True}),
        ("smtp://mail.example", {}),
        ("mail.example:25", {}),
    ],
)
def test_what_cannot_be_is_refused_where_the_transport_is_made(
    host: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        SMTPTransport(host, **options)


def test_a_security_that_is_none_is_refused() -> None:
    options: dict[str, Any] = {"security": "ssl"}
    with pytest.raises(ConfigurationError, match="ssl"):
        SMTPTransport("mail.example", **options)
