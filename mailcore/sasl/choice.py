"""Which mechanism to speak: the strongest that a server offers, and that the credentials fit."""

from collections.abc import Collection, Sequence

from mailcore.errors import AuthenticationFailed
from mailcore.sasl.channel import Channel
from mailcore.sasl.credentials import (
    PASSWORD_MECHANISMS,
    Anonymous,
    Credentials,
    External,
    OAuth2,
    Password,
)
from mailcore.sasl.mechanisms import Bearer, CramMD5, Login, Mechanism, Statement
from mailcore.sasl.scram import Scram
from mailcore.secret import Secret

__all__ = ["choose"]

_PLUS = "-PLUS"


def choose(
    credentials: Credentials,
    offered: Collection[str],
    *,
    channel: Channel | None = None,
    token: Secret | None = None,
) -> Mechanism:
    """Give the strongest mechanism that is offered and fits; raises `AuthenticationFailed`.

    The `channel` is what it is spoken over; `token` is the access token for `OAuth2`.
    """
    channel = channel or Channel()
    offers = {name.upper() for name in offered}
    fitting = _fitting(credentials, channel)
    for name in fitting:
        if name in offers:
            return _begin(name, credentials, offers, channel, token or Secret(""))
    if not offers:
        raise AuthenticationFailed("the server offers no authentication on this connection")
    raise AuthenticationFailed(
        f"no mechanism fits: the server offers {', '.join(sorted(offers))}, and these credentials"
        f" need {' or '.join(fitting)}"
    )


def _fitting(credentials: Credentials, channel: Channel) -> Sequence[str]:
    """Give the mechanisms that carry the credentials, the strongest first."""
    match credentials:
        case Password(mechanism=str(name)):
            return (name,)
        case Password():
            can_bind = channel.binding is not None
            return [name for name in PASSWORD_MECHANISMS if can_bind or not name.endswith(_PLUS)]
        case OAuth2():
            return ("OAUTHBEARER", "XOAUTH2")
        case External():
            return ("EXTERNAL",)
        case Anonymous():
            return ("ANONYMOUS",)


def _begin(
    name: str, credentials: Credentials, offers: Collection[str], channel: Channel, token: Secret
) -> Mechanism:
    """Begin an authentication by a mechanism that fits."""
    match credentials:
        case OAuth2(user=user):
            return Bearer(name, user, token, channel)
        case External(user=user):
            return Statement(name, user)
        case Anonymous(trace=trace):
            return Statement(name, trace)
        case Password():
            return _begin_with_password(name, credentials, offers, channel)


def _begin_with_password(
    name: str, credentials: Password, offers: Collection[str], channel: Channel
) -> Mechanism:
    match name:
        case "PLAIN":
            return Statement(name, f"\0{credentials.user}\0{credentials.secret.reveal()}")
        case "LOGIN":
            return Login(credentials)
        case "CRAM-MD5":
            return CramMD5(credentials)
        case _:
            return _begin_scram(name, credentials, offers, channel)


def _begin_scram(
    name: str, credentials: Password, offers: Collection[str], channel: Channel
) -> Scram:
    hash_name = name.removeprefix("SCRAM-").removesuffix(_PLUS)
    if not name.endswith(_PLUS):
        is_hidden = not any(offer.endswith(_PLUS) for offer in offers)
        could_bind = channel.binding is not None and is_hidden
        return Scram(credentials, hash_name, could_bind=could_bind)
    if channel.binding is None:
        raise AuthenticationFailed(f"{name} binds itself to TLS, and there is none here to bind to")
    return Scram(credentials, hash_name, binding=channel.binding)
