"""Exceptions are told, each counted once, by few mails, and the program goes on as if nothing were."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from queue import Queue
from threading import Event, Thread
from time import monotonic
from types import FunctionType

import pytest

from mailcore import AsyncMemoryTransport, MemoryTransport, Notifier, Password
from mailcore.errors import ConfigurationError, ConnectionLost, OutcomeUnknown
from mailcore.message import Message, ReceivedMessage
from mailcore.notices.policy import Policy
from mailcore.notices.scrubbing import Scrubber
from mailcore.reply import Reply
from mailcore.transport import Envelope, Receipt, Transport


class Server:
    """A transport that can hang or fail, and tells what it took."""

    account = "bot@example.org"

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.mails: Queue[Message] = Queue()
        self.is_reached = Event()
        self.gate = Event()
        self.gate.set()
        self.on_send: Callable[[], None] = lambda: None

    def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        assert isinstance(message, Message)
        assert (envelope, allow_partial) == (None, False)
        self.is_reached.set()
        assert self.gate.wait(30)
        self.on_send()
        if self.errors:
            raise self.errors.pop(0)
        self.mails.put(message)
        return Receipt(accepted=("ops@example.org",), reply=Reply(250))

    def close(self) -> None:
        raise AssertionError("the transport is the caller's to close")

    def counts(self) -> list[int]:
        return [count_of(self.mails.get(timeout=10)) for _ in range(self.mails.qsize())]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def notifier_of(
    transport: Transport,
    *,
    policy: Policy | None = None,
    clock: Clock | None = None,
    scrubber: Scrubber | None = None,
) -> Notifier:
    return Notifier(
        transport,
        to="ops@example.org",
        app="shop",
        from_="bot@example.org",
        policy=policy,
        scrubber=scrubber,
        clock=clock or Clock(),
    )


def count_of(message: Message) -> int:
    return int(dict(message.headers)["X-Mailcore-Count"])


def mails_of(transport: MemoryTransport) -> list[ReceivedMessage]:
    return [sent.message for sent in transport.sent]


def parse_item(page: object) -> None:
    raise ValueError(f"no price on {page}")


def other_bug() -> None:
    raise KeyError("other")


# --- what is told ---------------------------------------------------------------------------------


def test_two_hundred_equal_exceptions_are_two_mails_that_count_them_all() -> None:
    transport = MemoryTransport()
    with notifier_of(transport) as notifier:
        for page in range(200):
            with notifier.guard():
                parse_item(page)
    first, digest = mails_of(transport)
    assert [first.headers["X-Mailcore-Count"], digest.headers["X-Mailcore-Count"]] == ["1", "199"]
    assert "199 more times, 200 in all" in (digest.text or "")
    assert first.subject == digest.subject == "[shop] ValueError: no price on # (parse_item)"
    assert [str(address) for address in first.to] == ["ops@example.org"]


def test_a_single_exception_is_a_single_mail() -> None:
    transport = MemoryTransport()
    with notifier_of(transport) as notifier, notifier.guard():
        parse_item(1)
    assert len(transport.sent) == 1


def test_without_an_exception_there_is_no_mail() -> None:
    transport = MemoryTransport()
    with notifier_of(transport) as notifier, notifier.guard():
        pass
    assert transport.sent == []


def test_the_first_is_mailed_while_the_program_runs_on() -> None:
    server = Server()
    with notifier_of(server) as notifier:
        with notifier.guard():
            parse_item(1)
        assert count_of(server.mails.get(timeout=10)) == 1


def test_the_digest_is_mailed_when_its_time_has_come() -> None:
    server, clock = Server(), Clock()
    with notifier_of(server, clock=clock) as notifier:
        for page in range(5):
            with notifier.guard():
                parse_item(page)
        assert count_of(server.mails.get(timeout=10)) == 1
        clock.now = 60
        assert notifier._recorder.dispatcher._worker is not None
        notifier._recorder.dispatcher._worker.wake()
        assert count_of(server.mails.get(timeout=10)) == 4


def test_different_bugs_are_mails_of_their_own_up_to_the_burst() -> None:
    server = Server()
    with notifier_of(server, policy=Policy(burst=2)) as notifier:
        for fail in (other_bug, lambda: parse_item(1), lambda: int("x")):
            for _ in range(10):
                with notifier.guard():
                    fail()
    assert server.counts() == [1, 1, 28]


def test_context_and_arguments_of_capture_are_told() -> None:
    transport = MemoryTransport()
    with notifier_of(transport) as notifier, notifier.context(url="http://x", token="hunter2"):
        notifier.capture(ValueError("no price"), status=200)
    text = mails_of(transport)[0].text or ""
    assert "  url: 'http://x'\n  token: ***\n  status: 200\n" in text.replace("\r\n", "\n")


def test_context_of_another_notifier_is_not_told() -> None:
    transport = MemoryTransport()
    with notifier_of(transport) as notifier, notifier_of(Server()).context(url="http://x"):
        notifier.capture(ValueError("no price"))
    assert "http://x" not in (mails_of(transport)[0].text or "")


def test_tasks_have_each_their_own_context() -> None:
    transport = MemoryTransport()

    async def crawl(notifier: Notifier, url: str, fail: Callable[[], None]) -> None:
        with notifier.context(url=url), notifier.guard():
            await asyncio.sleep(0)
            fail()

    async def crawl_all(notifier: Notifier) -> None:
        await asyncio.gather(
            crawl(notifier, "http://a", lambda: parse_item(1)),
            crawl(notifier, "http://b", other_bug),
        )

    with notifier_of(transport) as notifier:
        asyncio.run(crawl_all(notifier))
    texts = {mail.subject: mail.text or "" for mail in mails_of(transport)}
    assert "http://a" in texts["[shop] ValueError: no price on # (parse_item)"]
    assert "http://b" in texts["[shop] KeyError: 'other' (other_bug)"]


def test_eight_threads_are_counted_exactly() -> None:
    server = Server()
    with notifier_of(server) as notifier:

        def crawl() -> None:
            for page in range(1000):
                with notifier.guard():
                    parse_item(page)

        threads = [Thread(target=crawl) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert server.counts() == [1, 7999]


# --- what never happens to the program ------------------------------------------------------------


def test_a_transport_that_hangs_stops_nobody() -> None:
    server = Server()
    notifier = notifier_of(server)
    server.gate.clear()
    notifier.capture(ValueError())
    assert server.is_reached.wait(10)
    for page in range(1000):
        with notifier.guard():
            parse_item(page)
    assert not notifier.flush(0.01)
    server.gate.set()
    assert notifier.close()
    assert sum(server.counts()) == 1001


class RaisesWhenAsked(Exception):
    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


class HugeWhenAsked(Exception):
    def __str__(self) -> str:
        return "x" * 100_000_000


class RaisesAlways(Exception):
    def __getattribute__(self, name: str) -> object:
        raise RuntimeError(name)


class RaisesAboutNotes(Exception):
    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


class ExitsWhenAsked(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)


class InterruptsWhenAsked(Exception):
    def __str__(self) -> str:
        raise KeyboardInterrupt


class RaisesAboutItsCause(Exception):
    def __getattribute__(self, name: str) -> object:
        if name == "__cause__":
            raise SystemExit
        return super().__getattribute__(name)


class NamelessKind(type):
    def __getattribute__(cls, name: str) -> object:
        if name in {"__qualname__", "__module__"}:
            raise SystemExit
        return super().__getattribute__(name)


class Nameless(Exception, metaclass=NamelessKind):
    pass


@pytest.mark.parametrize(
    "kind",
    [
        RaisesWhenAsked,
        HugeWhenAsked,
        RaisesAlways,
        RaisesAboutNotes,
        ExitsWhenAsked,
        InterruptsWhenAsked,
        RaisesAboutItsCause,
        Nameless,
    ],
)
def test_a_notice_arrives_of_a_hostile_exception_too(kind: type[Exception]) -> None:
    transport = MemoryTransport()
    with notifier_of(transport) as notifier, notifier.guard():
        raise kind
    assert len(transport.sent) == 1
    assert len(transport.sent[0].raw) < 20_000
    assert (mails_of(transport)[0].subject or "").startswith(f"[shop] {kind.__name__}")


def test_something_that_is_no_exception_raises_nothing() -> None:
    transport = MemoryTransport()
    with notifier_of(transport) as notifier:
        notifier.capture("no exception")  # type: ignore[arg-type] # on purpose
    assert (notifier.failures, len(transport.sent)) == (1, 1)


def test_a_function_of_an_odd_name_silences_nothing() -> None:
    odd = FunctionType(other_bug.__code__.replace(co_name="a\nb", co_qualname="a\nb"), {})
    transport = MemoryTransport()
    with notifier_of(transport) as notifier:
        for fail in (odd, lambda: parse_item(1)):
            for _ in range(10):
                with notifier.guard():
                    fail()
    assert sum(int(mail.headers["X-Mailcore-Count"] or 0) for mail in mails_of(transport)) == 20


def test_a_transport_that_exits_is_a_failure_and_keeps_nobody_waiting() -> None:
    server = Server(SystemExit(5), SystemExit(5))
    notifier = notifier_of(server)
    notifier.capture(ValueError())
    before = monotonic()
    assert not notifier.flush()
    assert monotonic() - before < 5
    server.errors.clear()
    assert notifier.close()
    assert server.counts() == [1]


def test_what_the_sending_captures_is_left_out() -> None:
    server = Server()
    with notifier_of(server) as notifier:
        server.on_send = lambda: notifier.capture(RuntimeError())
        notifier.capture(ValueError())
    assert server.counts() == [1]


def test_nothing_of_the_program_is_kept_alive() -> None:
    class Page:
        pass

    page = Page()
    gone = weakref.ref(page)
    with notifier_of(Server()) as notifier:
        with notifier.context(page=page), notifier.guard():
            parse_item(page)
        del page
        gc.collect()
        assert gone() is None


# --- flush and close ------------------------------------------------------------------------------


def test_a_flush_without_anything_to_tell_starts_no_thread() -> None:
    notifier = notifier_of(Server())
    assert notifier.flush()
    assert notifier.close()
    assert notifier._recorder.dispatcher._worker is None


def test_after_a_close_the_next_capture_opens_again() -> None:
    server = Server()
    notifier = notifier_of(server)
    for _ in range(3):
        notifier.capture(ValueError())
        assert notifier.close()
    assert server.counts() == [1, 1, 1]


def test_close_ends_the_thread() -> None:
    notifier = notifier_of(Server())
    notifier.capture(ValueError())
    worker = notifier._recorder.dispatcher._worker
    assert worker is not None
    assert notifier.close()
    assert not worker.is_alive


def test_close_tells_that_something_did_not_go_out(capsys: pytest.CaptureFixture[str]) -> None:
    server = Server(*[ConnectionLost("gone")] * 9)
    notifier = notifier_of(server)
    notifier.capture(ValueError())
    assert not notifier.close()
    assert "mailcore.notices: shop: exceptions not told of: 1\n" in capsys.readouterr().err
    server.errors = []
    assert notifier.close()
    assert server.counts() == [1]


def test_close_tells_that_something_may_not_have_gone_out() -> None:
    server = Server(OutcomeUnknown("cut"))
    notifier = notifier_of(server)
    notifier.capture(ValueError())
    assert not notifier.close()
    assert server.counts() == []
    assert notifier.close()


# --- how it is made -------------------------------------------------------------------------------


def test_an_asynchronous_transport_is_refused_with_advice() -> None:
    with pytest.raises(ConfigurationError, match="AsyncMemoryTransport is asynchronous"):
        Notifier(AsyncMemoryTransport(), to="o@example.org", app="shop", from_="b@example.org")  # type: ignore[arg-type] # on purpose


def test_something_that_cannot_send_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no send"):
        Notifier(object(), to="o@example.org", app="shop", from_="b@example.org")  # type: ignore[arg-type] # on purpose


def test_the_sender_is_the_account_of_the_transport() -> None:
    server = Server()
    with Notifier(server, to="ops@example.org", app="shop") as notifier:
        notifier.capture(ValueError())
    assert str(server.mails.get(timeout=10).from_) == "bot@example.org"


def connect() -> None:
    password = "s3cret-in-the-source"
    raise ConnectionError(f"cannot connect with {password}")


def test_no_secret_of_the_source_is_mailed() -> None:
    transport = MemoryTransport()
    with notifier_of(transport) as notifier, notifier.guard():
        connect()
    (mail,) = mails_of(transport)
    assert b"s3cret-in-the-source" not in mail.raw
    assert "s3cret-in-the-source" not in f"{mail.subject}{mail.text}{mail.html}"


class Guarded(MemoryTransport):
    """A transport with a password, as SMTP has one."""

    def __init__(self) -> None:
        super().__init__()
        self.auth = Password("bot@example.org", "tr4nsport-pass")


def test_the_transports_own_password_is_not_mailed() -> None:
    transport = Guarded()
    with notifier_of(transport) as notifier:
        notifier.message("refused: tr4nsport-pass")
    (mail,) = mails_of(transport)
    assert mail.subject == "[shop] refused: ***"
    assert "tr4nsport-pass" not in f"{mail.text}{mail.html}"


def test_a_scrubber_of_ones_own_knows_more_secrets() -> None:
    transport = MemoryTransport()
    with notifier_of(transport, scrubber=Scrubber(secrets=["Project Nightfall"])) as notifier:
        notifier.message("Project Nightfall is late")
    (mail,) = mails_of(transport)
    assert mail.subject == "[shop] *** is late"
