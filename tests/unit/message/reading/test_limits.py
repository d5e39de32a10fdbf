import pytest

from mailcore.message import Limits, parse
from mailcore.message.reading.limits import DEFAULT_LIMITS


def test_limits_are_the_defaults_unless_changed() -> None:
    assert Limits() == DEFAULT_LIMITS
    assert Limits().line_octets == 998
    assert Limits(parts=5)._replace(parts=DEFAULT_LIMITS.parts) == DEFAULT_LIMITS


@pytest.mark.parametrize("limits", [Limits(0, 0, 0, 0, 0), Limits(1, 1, 1, 1, 1)])
def test_a_mail_can_be_read_within_any_limits(limits: Limits) -> None:
    raw = b"From: a@b.c\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--"
    mail = parse(raw, limits=limits)
    assert mail.raw == raw
    assert mail.defects
    assert mail.attachments == ()
