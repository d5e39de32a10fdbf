import pickle

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.errors import InvalidAddress
from mailcore.message import Address, Group, ReceivedAddress

names = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=40)


@pytest.mark.parametrize(
    ("text", "name", "email"),
    [
        ("fang@example.org", "", "fang@example.org"),
        ("<fang@example.org>", "", "fang@example.org"),
        (" fang@example.org\t", "", "fang@example.org"),
        (" A <fang@example.org> ", "A", "fang@example.org"),
        ("王芳 <fang@example.org>", "王芳", "fang@example.org"),
        ("王芳<fang@example.org>", "王芳", "fang@example.org"),
        ('"Wang, Fang" <fang@example.org>', "Wang, Fang", "fang@example.org"),
        (r'"a \"b\" \\" <a@b.c>', r'a "b" \ '.strip(), "a@b.c"),
        ("a@b.c <a@b.c>", "a@b.c", "a@b.c"),
        ('Odd <"two words"@b.c>', "Odd", '"two words"@b.c'),
        ('"x <y>"@b.c', "", None),
    ],
)
def test_parse_reads_the_usual_forms(text: str, name: str, email: str | None) -> None:
    assert Address.parse(text) == Address(name=name, email=email or text)


@pytest.mark.parametrize(
    "text",
    [
        "A <a@x.com> <b@y.com>",
        "a@x.com, b@y.com",
        "Doe, Jane <jane@x.com>",
        "name",
        "name <>",
        "<a@b.c",
        '"open <a@b.c>',
        "a@b.c (comment)",
        "a\nb <a@b.c>",
        "a@b.c\n",
        "A <a@b.c>\r\n",
    ],
)
def test_parse_refuses_what_is_not_one_address(text: str) -> None:
    with pytest.raises(InvalidAddress):
        Address.parse(text)


def test_several_addresses_in_one_text_get_a_hint() -> None:
    with pytest.raises(InvalidAddress, match="give them as a list"):
        Address.parse("a@x.com, b@y.com")


@given(names.map(str.strip))
def test_parse_reads_back_what_str_shows(name: str) -> None:
    address = Address(name=name, email="a@例え.jp")
    assert Address.parse(str(address)) == address


def test_the_wire_form_has_a_labels_and_the_readable_one_has_not() -> None:
    address = Address(email="fang@例え.jp", name="王芳")
    assert address.addr_spec == "fang@xn--r8jz45g.jp"
    assert address.domain == "xn--r8jz45g.jp"
    assert str(address) == "王芳 <fang@例え.jp>"
    assert not address.needs_smtputf8


def test_only_a_local_part_beyond_ascii_needs_smtputf8() -> None:
    assert Address(email="王芳@example.org").needs_smtputf8


@pytest.mark.parametrize("name", ["a\rb", "a\nb", "a\0b", "\ud800"])
def test_a_name_that_no_header_can_hold_is_refused(name: str) -> None:
    with pytest.raises(InvalidAddress, match="name: "):
        Address(email="a@b.c", name=name)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(InvalidAddress, match="mail: "):
        Address(email="a@b.c", mail="x")  # type: ignore[call-arg] # that is the test


def test_an_address_cannot_be_changed() -> None:
    address = Address(email="a@b.c")
    with pytest.raises(pydantic.ValidationError):
        address.email = "x@y.z"


def test_model_validate_raises_pydantics_error() -> None:
    with pytest.raises(pydantic.ValidationError):
        Address.model_validate({"email": "a"})


def test_an_address_equals_the_one_received() -> None:
    address = Address(email="a@例え.jp", name="王芳")
    received = ReceivedAddress("a@xn--r8jz45g.jp", "王芳")
    assert {address} == {received}


def test_addresses_of_different_names_differ() -> None:
    assert Address(email="a@b.c") != Address(email="a@b.c", name="A")


def test_an_address_can_be_pickled() -> None:
    address = Address(email="a@b.c", name="A")
    assert pickle.loads(pickle.dumps(address)) == address  # noqa: S301 - our own bytes


def test_a_group_takes_its_members_in_any_form() -> None:
    group = Group(name="Team", members=["A <a@b.c>", Address(email="d@e.f")])
    assert group.members == (Address(email="a@b.c", name="A"), Address(email="d@e.f"))
    assert str(group) == "Team: A <a@b.c>, d@e.f;"


@pytest.mark.parametrize("name", ["", "a\nb"])
def test_a_group_needs_a_name_that_a_header_can_hold(name: str) -> None:
    with pytest.raises(InvalidAddress):
        Group(name=name)


def test_a_group_says_which_member_is_wrong() -> None:
    with pytest.raises(InvalidAddress, match=r"members\[1\]"):
        Group(name="Team", members=["a@b.c", "nobody"])
