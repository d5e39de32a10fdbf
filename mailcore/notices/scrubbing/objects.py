"""What objects and classes hold, read past what they override: none of their code runs."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any
from weakref import WeakKeyDictionary

from mailcore.notices.scrubbing.names import SecretNames

__all__ = ["BREADTH_LIMIT", "attributes", "constants", "fields", "is_cookie", "module_of"]

BREADTH_LIMIT = 100
"""Items of a collection, or attributes of an object, that are looked at."""

_type_dict = vars(type)["__dict__"].__get__
_type_module = vars(type)["__module__"].__get__
_type_name = vars(type)["__name__"].__get__
_type_mro = vars(type)["__mro__"].__get__
_DICTS = (GetSetDescriptorType, MemberDescriptorType)

# Of the classes that live.
_names_of_constants: WeakKeyDictionary[type, dict[SecretNames, tuple[str, ...]]] = (
    WeakKeyDictionary()
)


def attributes(value: object, kind: type) -> Iterator[tuple[str, object]]:
    """Give what is in the object's dict and slots, without asking its class."""
    for base in _type_mro(kind):
        own: Mapping[str, Any] = _type_dict(base)
        held: Any = own.get("__dict__")
        if type(held) in _DICTS:
            attributes = held.__get__(value)
            if issubclass(type(attributes), dict):
                yield from list(islice(dict.items(attributes), BREADTH_LIMIT))
        if "__slots__" in own:
            for name, slot in own.items():
                if type(slot) is MemberDescriptorType:
                    with suppress(AttributeError):  # not set
                        yield name, slot.__get__(value)


def constants(kind: type, names: SecretNames) -> Iterator[tuple[str, object]]:
    """Give the constants of a class, and of its bases, that have one of these names."""
    for base in _type_mro(kind):
        own: Mapping[str, Any] = _type_dict(base)
        for name in _secret_names(base, names):
            yield name, own.get("_member_map_", own).get(name)


def fields(kind: type) -> tuple[str, ...]:
    """Give the names in a named tuple."""
    for base in _type_mro(kind):
        fields = _type_dict(base).get("_fields")
        if type(fields) is tuple:
            return fields
    return ()


def is_cookie(kind: type) -> bool:
    """Tell a cookie of `http.cookies`, which a program need not have loaded."""
    return (module_of(kind), _type_name(kind)) == ("http.cookies", "Morsel")


def module_of(kind: type) -> str:
    """Give the name of a class's module, if it has any."""
    module = _type_module(kind)
    return module if type(module) is str else ""


def _secret_names(kind: type, names: SecretNames) -> tuple[str, ...]:
    """Give the names of a class's own constants that sound secret."""
    known = _names_of_constants.setdefault(kind, {})
    if names not in known:
        found = islice(_type_dict(kind), BREADTH_LIMIT)
        known[names] = tuple(name for name in found if type(name) is str and name in names)
    return known[names]
