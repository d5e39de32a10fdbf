"""`Renderer`: a batch of issues becomes a mail, whatever is in it, that no mail program clips."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mailcore.message import Message
from mailcore.notices.counting.table import Batch
from mailcore.notices.rendering.document import Document
from mailcore.notices.rendering.headers import notice_headers, thread_id
from mailcore.notices.rendering.headline import subject
from mailcore.notices.rendering.markup import write_html
from mailcore.notices.rendering.plain import write_text
from mailcore.notices.rendering.story import Teller

__all__ = ["Renderer"]

MAIL_LIMIT = 100_000
"""Octets of a mail as it is sent: beyond some 102 KB Gmail clips what it shows."""
TEXT_LIMITS = (30_000, 21_000, 10_000)
"""Octets of the text; the HTML has twice as many. The next is for what exceeds the limit of the mail
when it is encoded: base64 makes four octets of three, and quoted-printable three of one."""

HOW_TO_MUTE = (
    "A mail filter can go by X-Mailcore-Fingerprint, which holds the keys of what a mail is about, or by"
    " List-Id; the notifier's Policy says how often it mails."
)


@dataclass(frozen=True, slots=True)
class Renderer:
    """Makes the mails of one notifier.

    `template` says from whom and to whom, `read_line` gives a line of a source file or `""`, `at` the
    moment that a time of the notifier's clock stands for, `how_to_mute` what the reader can do to hear
    less. Up to `max_described` issues are described, in at most `max_text` octets of text.

    `knows` tells of a fingerprint whether the secrets near it are known: where they are not, as they were in
    another process, there are no lines of source, which might show them.
    """

    app: str
    template: Message
    max_described: int
    max_text: int
    read_line: Callable[[str, int], str]
    at: Callable[[float], datetime]
    knows: Callable[[str], bool] = lambda _: True
    how_to_mute: str = HOW_TO_MUTE

    def render(self, batch: Batch) -> Message:
        """Give the mail. Its subject stays the same for an issue, so that mail programs thread it."""
        reports, domain = batch.reports, self.template.from_.domain
        teller = Teller(
            self.max_described, self.how_to_mute, self.read_line, self.at, knows=self.knows
        )
        name = subject(self.app, batch)
        document = teller.tell(name, batch)
        root = thread_id(self.app, reports[0].fingerprint, domain) if len(reports) == 1 else None
        message = self.template.replace(
            subject=name,
            in_reply_to=root,
            references=[root] if root else [],
            headers=notice_headers(batch, self.app, domain),
        )
        for limit in TEXT_LIMITS:
            written = self._written(message, document, min(limit, self.max_text))
            if written.size() <= MAIL_LIMIT:
                break
        return written

    def _written(self, message: Message, document: Document, limit: int) -> Message:
        return message.replace(
            text=write_text(document, limit), html=write_html(document, 2 * limit)
        )
