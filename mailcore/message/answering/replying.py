"""The reply to a received mail, to its author or to everybody (RFC 5322 3.6.2 to 3.6.5)."""

from mailcore.errors import InvalidMessage
from mailcore.message.answering.carrying import carry_html
from mailcore.message.answering.drafts import finish, rewrite, start
from mailcore.message.answering.quoting import (
    append_html,
    append_text,
    attribute,
    find_text,
    quote_html,
    quote_text,
)
from mailcore.message.answering.recipients import Recipients, find_author, find_everybody
from mailcore.message.answering.references import find_message_id, follow
from mailcore.message.answering.subjects import reply_subject
from mailcore.message.composed import Message
from mailcore.message.fields import MessageFields
from mailcore.message.received import ReceivedMessage

__all__ = ["reply"]


def reply(
    mail: ReceivedMessage, given: MessageFields, *, is_to_all: bool, attribution: str | None
) -> Message:
    """Give the reply, made from the given fields and the mail; without an `attribution` it quotes nothing.

    Raises `InvalidMessage` if neither tells who answers, or whom.
    """
    draft = start(mail, given)
    if is_to_all:
        whom = find_everybody(mail, answerer=draft.from_, named=draft.recipients)
    else:
        whom = find_author(mail, answerer=draft.from_)
    if "to" not in given and whom == Recipients(()):
        raise InvalidMessage("to: the mail names nobody who can be answered, so say whom")
    derived = {
        "to": whom.to,
        "cc": whom.cc,
        "subject": reply_subject(mail.subject),
        "in_reply_to": find_message_id(mail),
        "references": follow(mail),
    }
    answer = finish(draft, given, derived)
    return answer if attribution is None else _quote(mail, answer, given, attribution)


def _quote(
    mail: ReceivedMessage, answer: Message, given: MessageFields, attribution: str
) -> Message:
    """Give the answer with the mail quoted below, in each form that the answer was given in."""
    text, html = given.get("text"), given.get("html")
    line = attribute(mail, attribution)
    if text is not None or html is None:
        text = append_text(text, f"{line}\n{quote_text(find_text(mail, has_signature=False))}")
    if html is None:
        return answer.replace(text=text)
    taken = {part.content_id for part in answer.inline}
    carried = carry_html(mail, taken=taken, has_signature=False)
    html = append_html(html, quote_html(carried.html, line))
    return rewrite(answer, text=text, html=html, inline=carried.inline)
