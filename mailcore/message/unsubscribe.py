"""`Unsubscribe`: how the reader of a list gets off it (RFC 2369 3.2; one click: RFC 8058)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    NotRequired,
    Required,
    Self,
    TypedDict,
    Unpack,
)
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from mailcore.errors import ConfigurationError, InvalidHeader
from mailcore.message.value import Value

__all__ = ["ONE_CLICK", "Unsubscribe", "UnsubscribeFields", "check_one_click", "to_unsubscribe"]

ONE_CLICK = "List-Unsubscribe=One-Click"  # RFC 8058 3.1, to the letter

_URI = re.compile(r"(?ai:https?://|mailto:)[!-;=?-~]{1,800}+")
_LISTED = re.compile(r"<([^<>]*+)>")


def _check_uri(uri: str) -> str:
    if not _URI.fullmatch(uri):
        raise InvalidHeader(
            f"{uri[:200]!r} is not a https: or mailto: URI in ASCII, of at most 800 characters:"
            " write other characters in percent-encoding"
        )
    if _is_web(uri) and not _host(uri):
        raise InvalidHeader(f"{uri[:200]!r} names no host")
    return uri


class UnsubscribeFields(TypedDict):
    """What an `Unsubscribe` is made from."""

    uris: Required[str | Iterable[str]]
    one_click: NotRequired[bool | None]


class Unsubscribe(Value):
    """Where a reader, or the mail program for them, asks to be taken off a list.

    `uris` are `https:` and `mailto:` URIs, the best first. `one_click` says that a POST to the https
    URI is all it takes, without a login or a further page (RFC 8058), as Gmail and Yahoo demand of
    bulk mail: True where there is one https URI, unless it is said to be False. A receiver trusts it
    only if DKIM signs both fields. Raises `InvalidHeader`.
    """

    _refused_as: ClassVar[type[ConfigurationError]] = InvalidHeader

    uris: Annotated[
        tuple[Annotated[str, AfterValidator(_check_uri)], ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
        Field(min_length=1),
    ]
    one_click: bool | None = None

    if TYPE_CHECKING:

        def __init__(self, /, **fields: Unpack[UnsubscribeFields]) -> None: ...

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        if self.one_click is None:
            self.__dict__["one_click"] = _allows_one_click(self.uris)
        elif self.one_click and not _allows_one_click(self.uris):
            raise InvalidHeader("one_click: needs one https: URI, and no http: (RFC 8058 3.1)")
        return self

    def fields(self) -> Iterator[tuple[str, str]]:
        """Give the header fields: their names and values."""
        yield "List-Unsubscribe", ", ".join(f"<{uri}>" for uri in self.uris)
        if self.one_click:
            yield "List-Unsubscribe-Post", ONE_CLICK


def to_unsubscribe(value: Any) -> Any:
    """Give an `Unsubscribe` for one URI or several; anything else is left as it is."""
    match value:
        case str():
            return Unsubscribe(uris=(value,))
        case None | Unsubscribe() | Mapping():
            return value
        case Iterable():
            return Unsubscribe(uris=tuple(value))
        case _:
            return value


def check_one_click(headers: Iterable[tuple[str, str]]) -> None:
    """Refuse a List-Unsubscribe-Post that promises what the other fields do not keep."""
    fields: dict[str, str] = {}
    for name, value in headers:
        if name.lower() in fields and _is_ours(name):
            raise InvalidHeader(f"{name} can stand once only (RFC 2369 2)")
        fields[name.lower()] = value
    post = fields.get("list-unsubscribe-post")
    if post is None:
        return
    if post != ONE_CLICK:
        raise InvalidHeader(f"List-Unsubscribe-Post can only be {ONE_CLICK!r} (RFC 8058 3.1)")
    if not _allows_one_click(_LISTED.findall(fields.get("list-unsubscribe", ""))):
        raise InvalidHeader("List-Unsubscribe-Post needs one https: URI in List-Unsubscribe")


def _allows_one_click(uris: Iterable[str]) -> bool:
    web = [uri for uri in uris if _is_web(uri)]
    return len(web) == 1 and web[0].lower().startswith("https://") and bool(_host(web[0]))


def _is_ours(name: str) -> bool:
    return name.lower() in {"list-unsubscribe", "list-unsubscribe-post"}


def _is_web(uri: str) -> bool:
    return uri.lower().startswith(("http:", "https:"))


def _host(uri: str) -> str | None:
    try:
        return urlsplit(uri).hostname
    except ValueError:  # a bracket that is not closed, or what is in it is no address
        return None
