"""Secrets are found in objects of any kind, without running their code, within bounds."""

import builtins
import uuid
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from enum import Enum, StrEnum
from functools import partial
from gc import collect
from http.cookies import SimpleCookie
from subprocess import CalledProcessError
from time import process_time
from types import MappingProxyType, SimpleNamespace
from weakref import ref

import pytest

from mailcore.notices.counting.issues import Issues
from mailcore.notices.exceptions.snapshot import Failure, Snapshot
from mailcore.notices.policy import Policy
from mailcore.notices.scrubbing import Harvest
from mailcore.notices.scrubbing.names import SECRET_NAMES
from mailcore.notices.scrubbing.objects import BREADTH_LIMIT
from mailcore.notices.scrubbing.walk import (
    GLOBALS_LIMIT,
    OBJECT_LIMIT,
    SECRET_COUNT,
    SECRET_LIMIT,
    find_secrets,
    secrets_of_text,
)


def found(**values: object) -> set[str]:
    return find_secrets(values.items(), names=SECRET_NAMES)


class Trap:
    """Raises for whatever it is asked."""

    def __init__(self) -> None:
        self.__dict__["password"] = "hunter2"

    def __getattribute__(self, name: str) -> object:
        if name == "__dict__":
            return object.__getattribute__(self, name)
        raise AssertionError(name)

    def __iter__(self) -> None:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    __hash__ = None  # type: ignore[assignment] # it can't be hashed either


class TrapDict(dict[str, object]):
    def items(self) -> None:  # type: ignore[override] # a trap
        raise AssertionError


class TrapList(list[object]):
    def __iter__(self) -> None:  # type: ignore[override] # a trap
        raise AssertionError


class Token:
    def __init__(self, kind: str, value: str) -> None:
        self.kind = kind
        self.value = value


class Login(Enum):
    USER = "annabel"
    PASSWORD = "hunter2"


class TextLogin(StrEnum):
    PASSWORD = "hunter2"


PASSWORD: ContextVar[str] = ContextVar("password", default="hunter2")

HOLDERS: dict[str, Callable[[], object]] = {
    "an object that raises": Trap,
    "a dict that raises": lambda: TrapDict(password="hunter2"),
    "a list that raises": lambda: TrapList([("password", "hunter2")]),
    "a deque": lambda: deque([{"password": "hunter2"}]),
    "dicts in dicts": lambda: {1: {(2,): {"password": ["hunter2"]}}},
    "objects in objects": lambda: SimpleNamespace(conf=SimpleNamespace(password="hunter2")),
    "a set": lambda: frozenset({("password", "hunter2")}),
    "lists": lambda: [["password", "hunter2"]],
    "a dict that can't be changed": lambda: MappingProxyType({"password": "hunter2"}),
    "the items of a dict": {"password": "hunter2"}.items,
    "a partial function": lambda: partial(print, password="hunter2"),
    "a member of an enumeration": lambda: Login.PASSWORD,
    "another member of it": lambda: Login.USER,
    "a member that is a text": lambda: TextLogin.PASSWORD,
    "an enumeration": lambda: Login,
    "a context variable": lambda: PASSWORD,
    "bytes of another object": lambda: {"password": memoryview(b"hunter2")},
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_they_are_found_in(holder: str) -> None:
    assert found(it=HOLDERS[holder]()) == {"hunter2"}


def test_a_key_of_several_lines_is_found_line_by_line() -> None:
    key = "-----BEGIN X-----\nfirst-line-1\nsecond-line\n"
    assert found(private_key=key) == {key.strip(), "first-line-1", "second-line"}


def test_credentials_are_found_with_their_scheme_and_without() -> None:
    header = "Basic YW5uYTpodW50ZXIy"
    assert found(authorization=header) == {header, header[6:], "hunter2"}


def test_of_cookies_the_long_ones_are_found_alone() -> None:
    assert found(cookie="theme=dark; sid=abcdef123456") == {
        "theme=dark; sid=abcdef123456",
        "abcdef123456",
    }


def test_a_cookie_is_found_whatever_its_name_is() -> None:
    jar: SimpleCookie = SimpleCookie()
    jar["visit"], jar["theme"] = "abcdef123456", "dark"
    assert found(it=jar) == {"abcdef123456"}


def test_no_class_is_kept_alive() -> None:
    class Config:
        password = "hunter2"

    assert found(it=Config()) == {"hunter2"}
    config = ref(Config)
    del Config
    collect()
    assert config() is None


def test_a_user_and_what_else_goes_with_a_secret_is_none() -> None:
    assert found(token={"value": "hunter2", "type": "special", "user": "annabel"}) == {"hunter2"}
    assert found(auth=("annabel", "hunter2")) == {"hunter2"}


def test_of_an_object_under_a_secret_name_its_value_is_one() -> None:
    assert found(token=Token("identifier", "hunter2")) == {"hunter2"}


def test_a_uuid_under_a_secret_name_is_one() -> None:
    session = uuid.UUID(int=2**100 + 7)
    assert found(session_id=session) == {str(session)}


def test_a_number_under_a_secret_name_is_one_if_it_is_long() -> None:
    assert found(pin=123456, otp=1234, token_count=123456) == {"123456"}


def test_the_working_directory_is_none() -> None:
    assert found(PWD="/srv/shop", OLDPWD="/root") == set()
    assert found(PWD="hunter2") == {"hunter2"}


def test_ordinary_words_are_none() -> None:
    assert found(password="password", token="none", secret="true", pw="***") == set()


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("https://anna:p%40ss@h/", {"p%40ss", "p@ss"}),
        ("https://git@github.com/x", set()),
        ("https://0123456789abcdef@log/1", {"0123456789abcdef"}),
        ('{"password": "a\\"bc"}', {'a\\"bc', 'a"bc'}),
        ("password: incorrectly", set()),
        ("x=1&password=a+b+c", {"a+b+c", "a b c"}),
    ],
)
def test_secrets_of_texts_are_spelled_out(text: str, secrets: set[str]) -> None:
    assert set(filter(None, secrets_of_text(text, SECRET_NAMES))) == secrets


def test_on_the_surface_objects_are_not_looked_into() -> None:
    surface = {
        "CONFIG": {"password": "hunter2"},
        "API_KEY": "swordfish",
        "URL": "ftp://a:opensesame@h",
    }
    assert find_secrets((), names=SECRET_NAMES, surface=surface.items()) == {
        "swordfish",
        "opensesame",
    }


def shallow(**values: object) -> set[str]:
    return find_secrets((), names=SECRET_NAMES, shallow=values.items())


@pytest.mark.parametrize(
    "values",
    [
        {"token": "swordfish"},
        {"CONFIG": {"db": {"main": {"password": "swordfish"}}}},
        {"settings": SimpleNamespace(api_token="swordfish")},
        {"settings": SimpleNamespace(db=SimpleNamespace(password="swordfish"))},
        {"dsn": "ftp://a:swordfish@h"},
    ],
)
def test_what_is_shallow_is_looked_into_a_few_levels(values: dict[str, object]) -> None:
    assert shallow(**values) == {"swordfish"}


def test_and_no_further() -> None:
    deep = SimpleNamespace(a=SimpleNamespace(b=SimpleNamespace(password="swordfish")))
    assert shallow(deep=deep) == set()
    assert found(deep=deep) == {"swordfish"}


def test_of_what_is_shallow_no_more_than_so_many_objects_are_looked_at() -> None:
    many = {f"o{number}": {"a": number} for number in range(GLOBALS_LIMIT)}
    assert shallow(**many, password="swordfish") == set()
    assert shallow(password="swordfish", **many) == {"swordfish"}


def test_what_there_was_no_time_for_is_looked_at_where_it_is_shallow() -> None:
    settings = SimpleNamespace(password="swordfish")
    many = [("", {"a": number}) for number in range(OBJECT_LIMIT - 1)]
    assert find_secrets([*many, ("o", [settings])], names=SECRET_NAMES) == set()
    assert find_secrets(
        [*many, ("o", [settings])], names=SECRET_NAMES, shallow=[("settings", settings)]
    ) == {"swordfish"}


def test_headers_are_found_as_httpx_keeps_them() -> None:
    raw = [(b"X-Api-Key", b"x-api-key", b"swordfish"), (b"Host", b"host", b"shop.example")]
    assert found(headers=SimpleNamespace(_list=raw)) == {"swordfish"}
    assert found(headers=[["X-Api-Key", "x-api-key", "swordfish"]]) == {"swordfish"}


def test_three_names_of_fields_are_no_header() -> None:
    assert found(fields=("password", "expiry", "nickname")) == set()


@pytest.mark.parametrize(
    "values",
    [
        {"cmd": ["mysql", "-pswordfish"]},
        {"command": "mysql -pswordfish"},
        {"argv": ("curl", "-u", "bob:swordfish")},
        {"cmd": ["sh", "-c", "mysql -pswordfish"]},
        {"error": CalledProcessError(1, ["mysql", "-pswordfish"])},
    ],
)
def test_what_is_secret_in_a_command_is_found(values: dict[str, object]) -> None:
    assert found(**values) == {"swordfish"}


def test_what_notices_keep_of_earlier_exceptions_is_not_looked_into() -> None:
    issues = Issues(Policy())
    issues.open("1", Snapshot((Failure("E", "password=hunter2"),)), 0.0)
    assert found(issues=issues, harvest=Harvest({"hunter2"})) == set()


def test_a_dict_that_holds_the_builtins_as_that_of_a_module_does_is_looked_through() -> None:
    namespace = {"__builtins__": vars(builtins), "password": "hunter2"}
    assert found(namespace=namespace) == {"hunter2"}


def test_a_loop_ends() -> None:
    loop: dict[str, object] = {"password": "hunter2"}
    loop["loop"] = [loop]
    assert found(loop=loop) == {"hunter2"}


def test_a_mapping_that_raises_leaves_the_others() -> None:
    def values() -> Iterator[tuple[object, object]]:
        yield "password", "hunter2"
        raise RuntimeError

    assert find_secrets(values(), names=SECRET_NAMES) == {"hunter2"}


def test_no_more_than_so_many_are_found() -> None:
    many = {f"password_{number}": f"hunter{number:05}" for number in range(BREADTH_LIMIT)}
    assert len(found(a=many, b={f"b_{name}": f"b{it}" for name, it in many.items()}, c={
        f"c_{name}": f"c{it}" for name, it in many.items()
    })) == SECRET_COUNT  # fmt: skip


def test_a_huge_one_is_found_in_pieces() -> None:
    assert found(password="ab1" * SECRET_LIMIT) == {
        ("ab1" * SECRET_LIMIT)[start : start + SECRET_LIMIT] for start in range(3)
    }


def test_huge_objects_take_a_bounded_time() -> None:
    huge = {str(number): ["x=1 " * 10_000] * 1000 for number in range(1000)}
    before = process_time()
    found(huge=huge, page="<a href='?token=' " * 100_000, raw=b"=" * 10_000_000)
    assert process_time() - before < 1


class Settings:
    SECRET_KEY = "swordfish"
    debug = True


@pytest.mark.parametrize("settings", [Settings, Settings()])
def test_constants_of_a_class_are_looked_at(settings: object) -> None:
    assert found(settings=settings) == {"swordfish"}


def test_octets_that_are_no_text_are_taken_as_they_are_shown() -> None:
    key = bytes(range(0xF0, 0x100))
    shown = {key.hex(), repr(key)[2:-1], b64encode(key).decode().rstrip("=")}
    assert shown <= found(secret_key=key)
