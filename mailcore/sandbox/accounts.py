"""Who has mail in the sandbox, and what arrived."""

import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailcore.errors import ConfigurationError
from mailcore.message import ReceivedMessage, check_addr_spec, parse
from mailcore.sasl import Password
from mailcore.transport import Envelope

__all__ = ["Account", "Delivery", "Inbox", "PostOffice"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it came in: the envelope, and the bytes between DATA and the dot."""

    envelope: Envelope
    raw: bytes

    @property
    def message(self) -> ReceivedMessage:
        """The message, read."""
        return parse(self.raw)


class Inbox:
    """What arrived, in order; safe to look into from any thread."""

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._arrived = threading.Condition()

    def __len__(self) -> int:
        return len(self._deliveries)

    def __getitem__(self, index: int) -> Delivery:
        return self._deliveries[index]

    def __iter__(self) -> Iterator[Delivery]:
        return iter(list(self._deliveries))

    def add(self, delivery: Delivery) -> None:
        """Take a message in."""
        with self._arrived:
            self._deliveries.append(delivery)
            self._arrived.notify_all()

    def wait_for(self, count: int, *, timeout: float = 5.0) -> bool:
        """Wait until so many have arrived; tell whether they have, after `timeout` seconds at most."""
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self) >= count, timeout)

    def clear(self) -> None:
        """Forget everything."""
        with self._arrived:
            self._deliveries.clear()


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with an address, a password and an inbox."""

    email: str
    auth: Password
    inbox: Inbox = field(default_factory=Inbox)


class PostOffice:
    """The accounts, and where each recipient's mail goes."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        #: Everything that was taken over, for whomever.
        self.caught: Inbox = Inbox()

    def open_account(self, email: str, password: str | None = None) -> Account:
        """Give the account of an address, made if there is none; without a password, by a random one."""
        known = self._accounts.get(email.casefold())
        if known is not None and password not in {None, known.auth.secret.reveal()}:
            raise ConfigurationError(f"{email} has an account with another password")
        check_addr_spec(email)
        made = known or Account(email, Password(email, password or secrets.token_urlsafe(12)))
        return self._accounts.setdefault(email.casefold(), made)

    def accepts(self, recipient: str) -> bool:
        """Tell whether mail for the recipient is taken: not for strangers at a domain with accounts."""
        domain = recipient.rpartition("@")[2].casefold()
        own = {email.rpartition("@")[2] for email in self._accounts}
        return recipient.casefold() in self._accounts or domain not in own

    def knows(self, user: str, password: str) -> bool:
        """Tell whether somebody may come in."""
        account = self._accounts.get(user.casefold())
        return account is not None and account.auth.secret.reveal() == password

    def deliver(self, delivery: Delivery) -> None:
        """Put a message into the inboxes of its recipients, and among the caught."""
        for recipient in delivery.envelope.recipients:
            if account := self._accounts.get(recipient.casefold()):
                account.inbox.add(delivery)
        self.caught.add(delivery)
