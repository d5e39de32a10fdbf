import pytest

from mailcore.reply import EnhancedCode, Reply


@pytest.mark.parametrize(
    ("reply", "enhanced"),
    [
        (Reply(550, ("5.1.1 no such user",)), EnhancedCode(5, 1, 1)),
        (Reply(250, ("2.1.5",)), EnhancedCode(2, 1, 5)),
        (Reply(451, (" 4.7.650 slow down", "4.7.650 please")), EnhancedCode(4, 7, 650)),
        (Reply(550, ("4.1.1 of another class",)), None),
        (Reply(550, ("5.1.1.1 is an address",)), None),
        (Reply(550, ("no code",)), None),
        (Reply(550, ("5.1.1234 too long",)), None),
        (Reply(250, ()), None),
    ],
)
def test_the_enhanced_code_opens_the_text_and_agrees_with_the_reply(
    reply: Reply, enhanced: EnhancedCode | None
) -> None:
    assert reply.enhanced_code == enhanced


def test_the_first_digit_says_what_a_reply_means() -> None:
    meanings = [
        (reply.is_positive, reply.is_intermediate, reply.is_transient, reply.is_permanent)
        for reply in (Reply(250), Reply(354), Reply(451), Reply(550))
    ]
    assert meanings == [
        (True, False, False, False),
        (False, True, False, False),
        (False, False, True, False),
        (False, False, False, True),
    ]


def test_a_no_is_negative_for_now_or_for_good() -> None:
    negative = [reply.is_negative for reply in (Reply(250), Reply(354), Reply(451), Reply(550))]
    assert negative == [False, False, True, True]


def test_the_text_keeps_its_lines() -> None:
    assert Reply(250, ("one", "two")).text == "one\ntwo"


def test_a_reply_in_a_log_is_one_line() -> None:
    assert str(Reply(550, ("5.1.1 no", " such user "))) == "550 5.1.1 no such user"
    assert str(Reply(250)) == "250"


def test_an_enhanced_code_reads_with_dots() -> None:
    assert str(EnhancedCode(5, 7, 139)) == "5.7.139"
