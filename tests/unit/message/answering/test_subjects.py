import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.answering.subjects import forward_subject, reply_subject


@pytest.mark.parametrize(
    "prefix",
    [
        "", "Re: ", "RE:", "re : ", "Re[2]: ", "Re^2: ", "Re(3): ", "Re: Re: ", "Re: AW: SV: ",
        "AW: ", "Antw: ", "Antwort: ", "SV: ", "VS: ", "Odp: ", "RES: ", "Vá: ", "YNT: ", "ΑΠ: ",
        "Ответ: ", "回复：", "回复: ", "答复: ", "回覆: ", "RE：", "返信: ", "  Re: ",
    ],
)  # fmt: skip
def test_a_reply_has_one_re(prefix: str) -> None:
    assert reply_subject(f"{prefix}Lunch") == "Re: Lunch"


@pytest.mark.parametrize(
    "prefix",
    ["", "Fwd: ", "FW:", "fw : ", "Fwd: Fw: ", "WG: ", "TR: ", "RV: ", "İLT: ", "转发：", "轉寄: "],
)
def test_a_forwarded_mail_has_one_fwd(prefix: str) -> None:
    assert forward_subject(f"{prefix}Lunch") == "Fwd: Lunch"


@pytest.mark.parametrize(
    "subject",
    ["Reply: x", "Re x", "Rest: x", "R: ggplot", "I: the Claudius", "[Re: x]", "Re[12345]: x"],
)
def test_what_only_looks_like_a_prefix_stays(subject: str) -> None:
    assert reply_subject(subject) == f"Re: {subject}"
    assert forward_subject(subject) == f"Fwd: {subject}"


def test_the_two_prefixes_may_stand_together() -> None:
    assert forward_subject("Re: Lunch") == "Fwd: Re: Lunch"
    assert reply_subject("Fwd: Re: Lunch") == "Re: Fwd: Re: Lunch"


@pytest.mark.parametrize("subject", [None, "", "  ", "Re:", "Re: Re: "])
def test_without_a_subject_the_prefix_is_all(subject: str | None) -> None:
    assert reply_subject(subject) == "Re:"


@given(st.text() | st.from_regex(r"(?:(Re|AW|Fwd|回复)(\[2\])? ?[:：] ?){0,9}x"))
def test_answering_an_answer_changes_nothing(subject: str) -> None:
    assert reply_subject(reply_subject(subject)) == reply_subject(subject)
    assert forward_subject(forward_subject(subject)) == forward_subject(subject)
