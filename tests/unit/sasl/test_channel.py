"""What an authentication is bound to."""

from mailcore.sasl.channel import Channel


def test_without_tls_there_is_nothing_to_bind_to() -> None:
    assert Channel("smtp.example.com", 25).binding is None


def test_tls_unique_is_what_every_server_knows() -> None:
    assert Channel(unique=b"u", end_point=b"e").binding == ("tls-unique", b"u")


def test_of_newer_tls_it_is_the_certificate() -> None:
    assert Channel(end_point=b"e").binding == ("tls-server-end-point", b"e")
