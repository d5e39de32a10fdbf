"""A row of varied mails, the same on each run: all shapes and alphabets, tame enough for any reader."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta, timezone
from random import Random
from typing import TypeVar

from mailcore.message import Address, Attachment, Group, Message
from tests.mails import DOMAINS, NOW, READABLE

__all__ = ["vary"]

T = TypeVar("T")

ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz", "äöüßéèñçøåœ", "αβγδεζηθλμπρσω", "абвгдежзиклмнопрст", "שלוםאבגד",
    "مرحباكيف", "王芳采集报告今日完成失败页面", "おはようございますデータ", "안녕하세요보고서", "👩🗓📈✓€𠮷",
    "0123456789", ".,:;!?-_()[]'&+/",
)  # fmt: skip
LOCAL_PARTS = ("li", "wei.wang", "a+b", "o'hara", "x_1", '"a b"', '"<@>"')
SUFFIXES = (".pdf", ".csv", ".txt", ".docx", ".png", ".html", ".tar.gz", "", ".报告")


def vary(count: int, *, seed: int) -> list[Message]:
    """Give so many messages; the same seed gives the same."""
    author = Author(Random(seed))  # noqa: S311 - nothing secret
    return [author.message() for _ in range(count)]


@dataclass(frozen=True)
class Author:
    """Writes what chance wants."""

    chance: Random

    def message(self) -> Message:
        html = self.perhaps(self.page)
        shown = {f"part{number}": self.file(".png") for number in range(self.chance.randint(0, 2))}
        return Message(
            from_=self.address(),
            sender=self.perhaps(self.address),
            to=self.some(self.recipient, 5),
            cc=self.some(self.recipient, 3),
            bcc=self.some(self.address, 2),
            reply_to=self.some(self.address, 2),
            subject=self.words(20),
            text=self.text(),
            html=html,
            inline=shown if html else {},
            amp=self.perhaps(self.page) if html else None,
            calendar=self.perhaps(self.calendar),
            attachments=self.some(self.file, 3),
            date=NOW.replace(tzinfo=timezone(timedelta(minutes=30 * self.chance.randint(-24, 28)))),
            message_id=self.identity(),
            in_reply_to=self.perhaps(self.identity),
            references=self.some(self.identity, 20),
            priority=self.chance.choice([None, "high", "normal", "low"]),
            unsubscribe=self.perhaps(lambda: "https://example.org/off"),
        )

    def some(self, make: Callable[[], T], most: int) -> list[T]:
        return [make() for _ in range(self.chance.randint(0, most))]

    def perhaps(self, make: Callable[[], T]) -> T | None:
        return make() if self.chance.random() < 0.5 else None

    def word(self) -> str:
        if self.chance.random() < 0.1:
            return self.chance.choice(READABLE)
        alphabet = self.chance.choice(ALPHABETS)
        return "".join(self.chance.choices(alphabet, k=self.chance.randint(1, 12)))

    def words(self, most: int) -> str:
        return " ".join(self.some(self.word, most))

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.some(self.line, 30))

    def page(self) -> str:
        return f"<p>{self.text()}</p>"

    def calendar(self) -> str:
        return f"BEGIN:VCALENDAR\nMETHOD:REQUEST\n{self.text()}END:VCALENDAR\n"

    def line(self) -> str:
        return self.words(self.chance.choice([0, 9, 40]))

    def address(self) -> Address:
        email = f"{self.chance.choice(LOCAL_PARTS)}@{self.chance.choice(DOMAINS)}"
        return Address(email=email, name=self.words(5))

    def recipient(self) -> Address | Group:
        if self.chance.random() < 0.9:
            return self.address()
        return Group(name=self.word(), members=self.some(self.address, 3))

    def file(self, suffix: str | None = None) -> Attachment:
        suffix = self.chance.choice(SUFFIXES) if suffix is None else suffix
        name = f"{self.word()} {self.words(4)[:100]}{suffix}"
        return Attachment(
            filename=name, content=self.chance.randbytes(self.chance.choice([0, 1, 57, 3000]))
        )

    def identity(self) -> str:
        left = self.chance.randbytes(self.chance.randint(4, 30)).hex()
        return f"<{left}@{self.chance.choice(['example.org', 'mail.example.com'])}>"
