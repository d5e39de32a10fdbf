"""The sandbox's SMTP side: a server that takes mail in and sends none out (RFC 5321)."""

import base64
import re
import ssl
from collections.abc import Awaitable, Callable

from mailcore.errors import InvalidAddress
from mailcore.sandbox.accounts import Delivery, PostOffice
from mailcore.sandbox.server import Connection
from mailcore.transport import Envelope

__all__ = ["SMTPConversation"]

SIZE_LIMIT = 50 * 1024 * 1024

_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>]*+)>(.*+)", re.IGNORECASE)


class _QuitError(Exception):
    """The client has taken leave."""


class SMTPConversation:
    """One client's conversation: commands in, replies out."""

    def __init__(
        self, connection: Connection, post_office: PostOffice, *, context: ssl.SSLContext
    ) -> None:
        self._connection = connection
        self._post_office = post_office
        self._context = context
        self._user: str | None = None
        self._reset()
        self._verbs: dict[str, Callable[[str], Awaitable[None]]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
            "QUIT": self._quit,
        }

    async def run(self) -> None:
        """Converse until QUIT, or until the client goes."""
        await self._say(220, "sandbox ESMTP")
        while True:
            line = (await self._connection.read_line()).decode("utf-8", "replace")
            verb, _, rest = line.partition(" ")
            answer = self._verbs.get(verb.upper()) if line.isprintable() else None
            try:
                if answer is None:
                    await self._say(500, f"5.5.2 the sandbox does not know {verb[:20]!r}")
                else:
                    await answer(rest.strip())
            except _QuitError:
                return

    def _reset(self) -> None:
        self._mail_from: str | None = None
        self._takes_utf8 = False
        self._recipients: list[str] = []

    async def _say(self, code: int, *lines: str) -> None:
        *others, last = lines
        text = "".join(f"{code}-{line}\r\n" for line in others) + f"{code} {last}\r\n"
        await self._connection.write(text.encode("utf-8", "backslashreplace"))

    async def _ehlo(self, name: str) -> None:
        self._reset()
        extensions = [f"SIZE {SIZE_LIMIT}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
        if self._connection.is_private:
            extensions.append("AUTH PLAIN LOGIN")
        else:
            extensions.append("STARTTLS")
        await self._say(250, f"sandbox greets {name}", *extensions)

    async def _helo(self, name: str) -> None:
        self._reset()
        await self._say(250, f"sandbox greets {name}")

    async def _starttls(self, _: str) -> None:
        if self._connection.is_private:
            await self._say(503, "5.5.1 already private")
            return
        await self._say(220, "2.0.0 go ahead")
        await self._connection.start_tls(self._context)
        self._reset()

    async def _auth(self, rest: str) -> None:
        if not self._connection.is_private or self._user is not None:
            await self._say(503, "5.5.1 not now")
            return
        mechanism, _, initial = rest.partition(" ")
        match mechanism.upper():
            case "PLAIN":
                answer = initial or await self._ask("")
                _, user, password = ["", "", *_decode(answer).split("\0")][-3:]
            case "LOGIN":
                user = _decode(initial or await self._ask("Username:"))
                password = _decode(await self._ask("Password:"))
            case _:
                await self._say(504, "5.5.4 PLAIN or LOGIN")
                return
        if self._post_office.knows(user, password):
            self._user = user
            await self._say(235, "2.7.0 welcome")
        else:
            await self._say(535, "5.7.8 wrong user name or password")

    async def _ask(self, question: str) -> str:
        await self._say(334, base64.b64encode(question.encode()).decode())
        return (await self._connection.read_line()).decode("latin-1")

    async def _mail(self, rest: str) -> None:
        if self._mail_from is not None:
            await self._say(503, "5.5.1 there is a sender already")
            return
        found = _PATH.fullmatch(rest)
        if found is None:
            await self._say(501, "5.5.4 MAIL FROM:<address>")
            return
        self._takes_utf8 = "SMTPUTF8" in found[2].upper().split()
        if (size := _size_parameter(found[2])) > SIZE_LIMIT:
            await self._say(552, f"5.3.4 {size} bytes are too many")
        elif not self._may_name(found[1]):
            await self._say(553, "5.6.7 that address needs SMTPUTF8")
        else:
            self._mail_from = found[1]
            await self._say(250, "2.1.0 sender noted")

    async def _rcpt(self, rest: str) -> None:
        found = _PATH.fullmatch(rest)
        if self._mail_from is None:
            await self._say(503, "5.5.1 MAIL first")
        elif found is None or not found[1]:
            await self._say(501, "5.5.4 RCPT TO:<address>")
        elif not self._may_name(found[1]):
            await self._say(553, "5.6.7 that address needs SMTPUTF8")
        elif not self._post_office.accepts(found[1]):
            await self._say(550, "5.1.1 nobody here has that address")
        else:
            self._recipients.append(found[1])
            await self._say(250, "2.1.5 recipient noted")

    async def _data(self, _: str) -> None:
        if self._mail_from is None or not self._recipients:
            await self._say(503, "5.5.1 no valid recipients")
            return
        try:
            envelope = Envelope(mail_from=self._mail_from, recipients=self._recipients)
        except InvalidAddress as error:
            await self._say(553, f"5.1.3 {error}")
            return
        await self._say(354, "end with a line that is a dot")
        raw = await self._content()
        self._reset()
        if len(raw) > SIZE_LIMIT:
            await self._say(552, "5.3.4 too many bytes")
        elif not raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n"):
            await self._say(554, "5.6.11 bare CR or LF in the message")
        else:
            self._post_office.deliver(Delivery(envelope, raw))
            await self._say(250, "2.0.0 caught")

    async def _content(self) -> bytes:
        """Read up to the dot; of what is too much, only a little is kept."""
        content = bytearray()
        while (line := await self._connection.read_line()) != b".":
            if len(content) <= SIZE_LIMIT:
                content += line.removeprefix(b".") + b"\r\n"
        return bytes(content)

    def _may_name(self, address: str) -> bool:
        """Tell whether an address can be given in this transaction (RFC 6531 3.4)."""
        return address.isascii() or self._takes_utf8

    async def _rset(self, _: str) -> None:
        self._reset()
        await self._say(250, "2.0.0 forgotten")

    async def _noop(self, _: str) -> None:
        await self._say(250, "2.0.0 nothing done")

    async def _quit(self, _: str) -> None:
        await self._say(221, "2.0.0 bye")
        raise _QuitError


def _size_parameter(parameters: str) -> int:
    found = re.search(r"\bSIZE=(\d{1,20})\b", parameters, re.IGNORECASE)
    return int(found[1]) if found else 0


def _decode(answer: str) -> str:
    try:
        return base64.b64decode(answer, validate=True).decode()
    except ValueError:
        return ""
