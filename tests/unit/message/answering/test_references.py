import pytest

from mailcore.message import Message, ReceivedMessage, parse
from mailcore.message.answering.references import REFERENCES, find_message_id, follow


def received(*fields: str) -> ReceivedMessage:
    return parse("".join(f"{field}\r\n" for field in fields).encode() + b"\r\n")


@pytest.mark.parametrize(
    ("fields", "references"),
    [
        (["Message-ID: <m@x>"], ["<m@x>"]),
        (["Message-ID: <m@x>", "References: <a@x>\r\n\t<b@x>"], ["<a@x>", "<b@x>", "<m@x>"]),
        (["Message-ID: <m@x>", "In-Reply-To: <a@x>"], ["<a@x>", "<m@x>"]),
        (["Message-ID: <m@x>", "In-Reply-To: <a@x> <b@x>"], ["<m@x>"]),
        (["Message-ID: <m@x>", "In-Reply-To: <a@x>", "References: <b@x>"], ["<b@x>", "<m@x>"]),
        (["Message-ID: <m@x>", "References: <a@x> <m@x> <b@x> <a@x>"], ["<a@x>", "<b@x>", "<m@x>"]),
        (["Message-ID: <m@x>", "References: <é@x> <a b> <a@x>"], ["<a@x>", "<m@x>"]),
        (["References: <a@x>", "In-Reply-To: <a@x>"], ["<a@x>"]),
        (["Message-ID: m@x", "References: <a@x>"], ["<a@x>"]),
        (["Message-ID: <" + "m" * 901 + ">"], []),
    ],
)
def test_what_follows_refers_to_the_thread_and_the_mail(
    fields: list[str], references: list[str]
) -> None:
    assert list(follow(received(*fields))) == references


def test_of_a_long_thread_the_first_and_the_newest_are_kept() -> None:
    ids = [f"<{n}@x>" for n in range(1000)]
    mail = received("Message-ID: <m@x>", "References: " + "\r\n ".join(ids))
    assert list(follow(mail)) == [ids[0], *ids[2 - REFERENCES :], "<m@x>"]
    assert len(follow(mail)) == REFERENCES


def test_the_id_can_be_written() -> None:
    mail = received("Message-ID: <left{}@[1.2.3.4]> (comment)")
    answer = Message(from_="a@x.org", in_reply_to=find_message_id(mail), references=follow(mail))
    assert answer.in_reply_to == "<left{}@[1.2.3.4]>"
    assert answer.references == ("<left{}@[1.2.3.4]>",)
