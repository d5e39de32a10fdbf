"""Secrets in the shapes that programs hold and tell them in: none of them may be in a notice.

A canary is told in a text, such as the message of an exception or a line of a log. `held` are the
values with names that the program has at that moment: locals, context, variables of the environment.
What gives itself away needs to be held nowhere.
"""

import base64
import json
from collections import UserDict, namedtuple
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from pydantic import BaseModel, SecretStr

from mailcore import Password, Secret


@dataclass(frozen=True)
class Canary:
    """A secret, the text that it is told in, and where it is held."""

    shape: str
    secret: str
    told: str
    held: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.shape


@dataclass
class Settings:
    host: str
    password: str


@dataclass(slots=True)
class SlottedSettings:
    host: str
    api_key: str


class PlainModel(BaseModel):
    user: str
    client_secret: str


class GuardedModel(BaseModel):
    password: SecretStr


class Client:
    def __init__(self, token: str) -> None:
        self.host = "shop.example"
        self._token = token


class Crawler:
    def __init__(self, client: Client) -> None:
        self.client = client


class RawHeaders:
    """Headers as httpx keeps them."""

    def __init__(self, raw: list[tuple[bytes, bytes, bytes]]) -> None:
        self._list = raw


class Hidden:
    """Has a property that must not be asked, and a repr that hides."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    @property
    def password(self) -> str:
        raise AssertionError("a property was asked")

    def __repr__(self) -> str:
        return "Hidden()"


class LoginRefused(Exception):
    def __init__(self, password: str) -> None:
        super().__init__("refused")
        self.password = password


Login = namedtuple("Login", "user password")  # noqa: PYI024 - as old programs have it


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _held(shape: str, secret: str, **held: Any) -> Canary:
    return Canary(shape, secret, f"no way in with {secret}, they say", held)


PEM = "MIIEvCanaryPEM42Q7vTq\nhD2canaryPEMline2Xx9\n"

#: Known by the name that they are held under, and told as they are.
HELD = [
    _held("local password", "canary-01-Zq", password="canary-01-Zq"),
    _held("local of short name", "canary-02-Zq", pw="canary-02-Zq"),
    _held("local in camel case", "canary-03-Zq", dbPass="canary-03-Zq"),
    _held("local number", "90417743", pin=90417743),
    _held("secret of mailcore", "canary-05-Zq", login=Secret("canary-05-Zq")),
    _held("credentials of mailcore", "canary-06-Zq", login=Password("anna", "canary-06-Zq")),
    _held("dict", "canary-07-Zq", config={"api_key": "canary-07-Zq"}),
    _held("nested dicts", "canary-08-Zq", conf={"db": {"main": {"db_passwd": "canary-08-Zq"}}}),
    _held("dict in a list", "canary-09-Zq", rows=[{"n": 1}, {"access_token": "canary-09-Zq"}]),
    _held("mapping of its own kind", "canary-10-Zq", options=UserDict(secret="canary-10-Zq")),
    _held("headers as a dict", "canary-11-Zq", headers={"Authorization": "Bearer canary-11-Zq"}),
    _held("headers as pairs", "canary-12-Zq", headers=[("X-API-Key", "canary-12-Zq")]),
    _held("headers as bytes", "canary-13-Zq", raw=[(b"authorization", b"Token canary-13-Zq")]),
    _held("Cookie header", "canary-14-Zq", headers={"Cookie": "theme=dark; sid=canary-14-Zq"}),
    _held("dict of cookies", "canary-15-Zq", cookies={"sid": "canary-15-Zq", "theme": "dark"}),
    _held("Set-Cookie header", "canary-16-Zq",
          headers={"Set-Cookie": "sid=canary-16-Zq; Path=/; HttpOnly"}),
    _held("basic credentials", "canary-17-Zq",
          headers={"Authorization": f"Basic {_base64('anna:canary-17-Zq')}"}),
    _held("tuple of user and password", "canary-18-Zq", auth=("anna", "canary-18-Zq")),
    _held("named tuple", "canary-19-Zq", login=Login("anna", "canary-19-Zq")),
    _held("dataclass", "canary-20-Zq", settings=Settings("db.example", "canary-20-Zq")),
    _held("dataclass with slots", "canary-21-Zq", it=SlottedSettings("h", "canary-21-Zq")),
    _held("pydantic model", "canary-22-Zq", it=PlainModel(user="a", client_secret="canary-22-Zq")),
    _held("pydantic SecretStr", "canary-23-Zq", token=SecretStr("canary-23-Zq")),
    _held("pydantic model with SecretStr", "canary-24-Zq",
          it=GuardedModel(password=SecretStr("canary-24-Zq"))),
    _held("object", "canary-25-Zq", client=Client("canary-25-Zq")),
    _held("object in an object", "canary-26-Zq", self=Crawler(Client("canary-26-Zq"))),
    _held("object that hides", "canary-27-Zq", it=Hidden("canary-27-Zq")),
    _held("exception's attribute", "canary-28-Zq", error=LoginRefused("canary-28-Zq")),
    _held("bytes", "canary-29-Zq", password=b"canary-29-Zq"),
    _held("URL with a password", "canary-30-Zq", url="https://anna:canary-30-Zq@shop.example/"),
    _held("URL with a key alone", "canary-31-Zq-0123456789",
          dsn="https://canary-31-Zq-0123456789@log.example/1"),
    _held("quoted in a URL", "canary/32@Zq", url="https://anna:canary%2F32%40Zq@shop.example/"),
    _held("parameter of a URL", "canary-33-Zq", url="https://shop.example/?a=1&token=canary-33-Zq"),
    _held("fragment of a URL", "canary-34-Zq", url="https://x.example/#access_token=canary-34-Zq"),
    _held("URL in parts", "canary-35-Zq", it=urlsplit("ftp://anna:canary-35-Zq@shop.example/")),
    _held("SQLAlchemy URL", "canary-36-Zq", url="postgresql+psycopg://app:canary-36-Zq@db/shop"),
    _held("Redis URL", "canary-37-Zq", broker="redis://:canary-37-Zq@cache:6379/0"),
    _held("AMQP URL", "canary-38-Zq", broker="amqps://app:canary-38-Zq@mq/%2f?heartbeat=30"),
    _held("ODBC string", "canary-39-Zq", conn="Driver={ODBC 18};Server=db;UID=sa;PWD=canary-39-Zq"),
    _held("ODBC string in braces", "canary;40-Zq", conn="Server=db;Uid=sa;Pwd={canary;40-Zq};X=1"),
    _held("libpq string", "canary-41-Zq", dsn="host=db user=app password=canary-41-Zq dbname=shop"),
    _held("Azure string", "canary42Zq/+abcdefgh==", conn="AccountName=a;AccountKey=canary42Zq/+abcdefgh=="),
    _held("JSON body", "canary-43-Zq", body=json.dumps({"user": "a", "password": "canary-43-Zq"})),
    _held("JSON body with escapes", 'canary"44\\Zq', body=json.dumps({"password": 'canary"44\\Zq'})),
    _held("form body", "canary 45+Zq", body=f"user=a&password={quote_plus('canary 45+Zq')}&x=1"),
    _held("body in bytes", "canary-46-Zq", body=b'{"refresh_token": "canary-46-Zq"}'),
    _held("headers of httpx", "canary-47-Zq",
          it=RawHeaders([(b"X-Api-Key", b"x-api-key", b"canary-47-Zq")])),
    _held("command in words", "canary-48-Zq", cmd=["mysql", "-uroot", "-pcanary-48-Zq", "shop"]),
    _held("script for a shell", "canary-49-Zq", cmd=["sh", "-c", "curl -u bob:canary-49-Zq x"]),
    _held("line of a private key", PEM.split()[1], private_key=f"-----BEGIN X-----\n{PEM}-----END X-----"),
]  # fmt: skip


def _encoded(shape: str, secret: str, form: str) -> Canary:
    return Canary(shape, form, f"they sent {form} to us", {"password": secret})


#: Held under a name, and told in another form.
ENCODED = [
    _encoded("quoted for a URL", "canary 50/Zq", quote("canary 50/Zq", "")),
    _encoded("in a repr", "canary'51\"\nZq", repr("canary'51\"\nZq")[1:-1]),
    _encoded("in JSON", 'cänary"52', json.dumps('cänary"52')[1:-1]),
    _encoded("in HTML", "canary<53&Zq", "canary&lt;53&amp;Zq"),
    _encoded("in base64 with a user", "canary-54-Zq", _base64("anna:canary-54-Zq")),
    _encoded("in base64 of JSON", "canary-55-Zq", _base64('{"a":1,"b":"canary-55-Zq"}')),
    _encoded("in hex", "canary-56-Zq", b"canary-56-Zq".hex()),
    _encoded("in bytes", "kanarienvögel57", repr("kanarienvögel57".encode())[2:-1]),
    Canary("cut short", "canary-58-Zq-lo", "no way in with canary-58-Zq-lo… (20 more characters)",
           {"password": "canary-58-Zq-long-and-longer"}),
    Canary("bytes beyond ASCII", "kanarienvögel59", "in kanarienvögel59",
           {"password": "kanarienvögel59".encode()}),
]  # fmt: skip

#: Held nowhere: where they stand, or what they look like, gives them away.
TELLING = [
    Canary("user info", "canary-60-Zq", "no answer: https://anna:canary-60-Zq@shop.example/x"),
    Canary("parameter", "canary-61-Zq", "GET /x?page=2&api_key=canary-61-Zq&y=1 took too long"),
    Canary("signature", "canary-62-Zq", "GET https://blob.example/x?sv=1&sig=canary-62-Zq"),
    Canary("Authorization in a log", "canary-63-Zq", "> Authorization: Bearer canary-63-Zq\n> Host: x"),
    Canary("scheme alone", "canary-64-Zq", "sent 'Bearer canary-64-Zq' to x"),
    Canary("digest", "canary65Zq", 'Digest username="anna", nonce="x", response="canary65Zq"'),
    Canary(
        "digest in a header",
        "canary65bZq",
        'Authorization: Digest username="anna", response="canary65bZq"',
    ),
    Canary("Cookie in quotes", "canary-66b-Zq", 'Cookie: theme="dark"; sid=canary-66b-Zq'),
    Canary("Cookie in a log", "canary-66-Zq", "Cookie: theme=dark; sid=canary-66-Zq\nHost: x"),
    Canary("headers in a repr", "canary-67-Zq", "{'X-Auth-Token': 'canary-67-Zq', 'Host': 'x'}"),
    Canary("pairs in a repr", "canary-68-Zq", "[(b'Cookie', b'canary-68-Zq'), (b'Host', b'x')]"),
    Canary("name and value", "canary-69-Zq", "login(user=anna, password=canary-69-Zq)"),
    Canary("name in an f-string", "canary-70-Zq", f"{'password'}={'canary-70-Zq'!r}"),
    Canary("YAML", "canary-71-Zq", "db:\n  host: x\n  password: canary-71-Zq\n"),
    Canary("JSON", "canary-72-Zq", '{"client_secret": "canary-72-Zq", "n": 1}'),
    Canary("JSON in a repr", "canary-73-Zq", repr(json.dumps({"password": "canary-73-Zq'"}))),
    Canary("JSON in HTML", "canary-74-Zq", "{&quot;password&quot;: &quot;canary-74-Zq&quot;}"),
    Canary("form", "canary-75-Zq", "user=anna&password=canary-75-Zq&remember=1"),
    Canary("form of a framework", "canary-76-Zq", "user%5Bpassword%5D=canary-76-Zq&user%5Bn%5D=1"),
    Canary("form in HTML", "canary-77-Zq", '<input name="csrf_token" value="canary-77-Zq">'),
    Canary("XML", "canary-78-Zq", "<login><user>a</user><password>canary-78-Zq</password></login>"),
    Canary("command line", "canary-79-Zq", "mysqldump --user app --password canary-79-Zq shop"),
    Canary("list of arguments", "canary-80-Zq", "['mysqldump', '--password', 'canary-80-Zq', 'shop']"),
    Canary("repr of an object", "canary-81-Zq", repr(Settings("db", "canary-81-Zq"))),
    Canary("source", "canary-82-Zq", '> 12 API_TOKEN: Final[str] = "canary-82-Zq"'),
    Canary("environment in a log", "canary-83-Zq", "environ({'DB_PASSWORD': 'canary-83-Zq'})"),
    Canary("ODBC in a message", "canary-84-Zq", "can't connect: Server=db;UID=sa;PWD=canary-84-Zq;X=1"),
    Canary("JSON web token", "eyJzdWIiOiJjYW5hcnkifQ", "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"),
    Canary("private key", PEM, f"-----BEGIN RSA PRIVATE KEY-----\n{PEM}-----END RSA PRIVATE KEY-----"),
    Canary("AWS", "AKIACANARY234567ABCD", "denied to AKIACANARY234567ABCD"),
    Canary("GitHub", "ghp_" + "canary88" * 4, "clone with ghp_" + "canary88" * 4),
    Canary("GitLab", "glpat-canary89-0123456789", "glpat-canary89-0123456789 has expired"),
    Canary("Slack", "xoxb-" + "90canary-0123456789", "xoxb-" + "90canary-0123456789 is no bot"),
    Canary("Stripe", "sk_live_" + "91canary0123456789", "no such key: sk_live_" + "91canary0123456789"),
    Canary("Google", "AIza" + "92canary" * 4 + "abc", "AIza" + "92canary" * 4 + "abc is not allowed"),
    Canary("OpenAI", "sk-proj-93canary0123456789", "incorrect key provided: sk-proj-93canary0123456789"),
    Canary("npm", "npm_" + "94canary" * 5, "401 for npm_" + "94canary" * 5),
    Canary("PyPI", "pypi-AgEIcHlwaS5vcmcCJcanary95", "with pypi-AgEIcHlwaS5vcmcCJcanary95"),
    Canary("SendGrid", "SG." + "96canary" * 3 + "." + "x" * 20, "SG." + "96canary" * 3 + "." + "x" * 20),
    Canary("Telegram", "123456789:AA" + "97canary" * 4 + "a", "bot123456789:AA" + "97canary" * 4 + "a/send"),
]  # fmt: skip

CANARIES = [*HELD, *ENCODED, *TELLING]

#: What people and programs say without telling a secret; it comes through as it is.
INNOCENT = [
    "tokenize 300 tokens",
    "author: Anna",
    "passenger=3",
    "keyboard",
    "secretary: Mr. Smith",
    "The password is wrong",
    "Invalid token: unexpected end of input",
    "cryptography.fernet.InvalidToken: bad padding",
    "KeyError: 'price'",
    "key: value",
    "token_count=512, max_tokens=4096",
    "prompt_tokens: 300",
    "password=None",
    "password: required",
    "def login(user: str, password: str) -> None:",
    "client.login(user, password=password)",
    "client.login(user, password=self.password)",
    "if token == other:",
    "https://shop.example/item?page=2&sort=price#top",
    "https://shop.example/@anna/photos",
    "anna@shop.example",
    "12:30:05 ERROR crawler: no answer",
    "basic authentication failed",
    "Bearer authentication is not supported",
    "a digest of yesterday",
    'File "/srv/shop/secrets/tokens.py", line 3, in read_tokens',
    "the compass, the spinning wheel and the cookie monster",
    "All tests pass: 14",
    "session 42 of user 7",
    "SELECT id, name FROM users WHERE id = 3",
    "4111 1111 1111 1111",
    "commit 56896e6f00c1b7d9a3a1e1f2b3c4d5e6f7a8b9c0",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "signature mismatch for page 3",
    "***",
]
