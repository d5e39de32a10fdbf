"""What others mail exceptions with: handlers of logging, each given the port of a server on loopback.

Django and redmail have no types, and need not be installed.
"""

import logging
import weakref
from collections.abc import Callable, Mapping
from importlib import import_module
from logging.handlers import SMTPHandler
from typing import Any

__all__ = ["CAPACITY", "HANDLERS", "MakeHandler", "end"]

HOST = "127.0.0.1"
SENDER, RECIPIENT, SUBJECT = "bot@example.org", "ops@example.org", "crawl error"
CAPACITY = 50
"""Records that `MultiEmailHandler` puts into one mail."""

MakeHandler = Callable[[int], logging.Handler]


def end(handler: logging.Handler) -> None:
    """Do with a handler what is done with each when the program ends."""
    logging.shutdown([weakref.ref(handler)])


def _of_logging(port: int) -> logging.Handler:
    return SMTPHandler((HOST, port), SENDER, [RECIPIENT], SUBJECT)


def _of_django(port: int) -> logging.Handler:
    settings = import_module("django.conf").settings
    if not settings.configured:
        settings.configure(
            ADMINS=[("ops", RECIPIENT)],
            EMAIL_HOST=HOST,
            LOGGING_CONFIG=None,
            SECRET_KEY="none",  # without one, the handler raises
            SERVER_EMAIL=SENDER,
        )
        import_module("django").setup()
    settings.EMAIL_PORT = port
    handler: logging.Handler = import_module("django.utils.log").AdminEmailHandler()
    return handler


def _of_redmail(port: int, name: str = "EmailHandler", **options: Any) -> logging.Handler:
    server = import_module("redmail").EmailSender(HOST, port, use_starttls=False)
    make: Callable[..., logging.Handler] = getattr(import_module("redmail.log"), name)
    return make(email=server, sender=SENDER, receivers=[RECIPIENT], subject=SUBJECT, **options)


def _several_of_redmail(port: int) -> logging.Handler:
    return _of_redmail(port, "MultiEmailHandler", capacity=CAPACITY)


HANDLERS: Mapping[str, MakeHandler] = {
    "Django's `AdminEmailHandler`": _of_django,
    "logging's `SMTPHandler`": _of_logging,
    "redmail's `EmailHandler`": _of_redmail,
    "redmail's `MultiEmailHandler`": _several_of_redmail,
}
