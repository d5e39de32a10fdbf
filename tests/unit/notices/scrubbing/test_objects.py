"""Objects and classes are read without any of their code."""

from enum import Enum
from http.cookies import Morsel
from typing import NamedTuple

import pytest

from mailcore.notices.scrubbing.names import SECRET_NAMES
from mailcore.notices.scrubbing.objects import attributes, constants, fields, is_cookie, module_of


class Base:
    __slots__ = ("password", "unset")

    API_KEY = "key-1"

    def __init__(self) -> None:
        self.password = "hunter2"

    def __getattribute__(self, name: str) -> object:
        raise AssertionError(name)


class Derived(Base):
    TOKEN = "token-1"
    PAGE = "page-1"


class Login(NamedTuple):
    user: str
    password: str


class Keys(Enum):
    API_KEY = "key-1"


def test_attributes_are_those_of_slots_and_of_the_dict() -> None:
    one = Derived()
    object.__setattr__(one, "url", "u")
    assert dict(attributes(one, Derived)) == {"url": "u", "password": "hunter2"}


def test_constants_are_those_that_sound_secret_of_bases_too() -> None:
    found = dict(constants(Derived, SECRET_NAMES))
    assert {"API_KEY", "TOKEN"} <= found.keys()
    assert "PAGE" not in found


def test_those_of_an_enumeration_are_its_members() -> None:
    assert dict(constants(Keys, SECRET_NAMES)) == {"API_KEY": Keys.API_KEY}


def test_fields_are_the_names_in_a_named_tuple() -> None:
    assert fields(Login) == ("user", "password")
    assert fields(tuple) == ()


@pytest.mark.parametrize("kind", [str, Base, type("Morsel", (), {})])
def test_a_cookie_is_told_from_what_only_is_called_so(kind: type) -> None:
    assert is_cookie(Morsel)
    assert not is_cookie(kind)


def test_a_class_that_lies_about_its_module_has_none() -> None:
    assert module_of(type("Odd", (), {"__module__": 7})) == ""
    assert module_of(Base) == __name__
