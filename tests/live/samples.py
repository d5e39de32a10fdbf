"""Mails of every shape, as people and programs really write them: what filters and readers are shown."""

import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

from mailcore.message import Address, Attachment, Group, Message

__all__ = ["NOW", "PNG", "SAMPLES"]

#: When the samples are written: rspamd complains of mail that is more than a day old.
NOW = datetime.now(UTC)


def _png(width: int, height: int) -> bytes:
    """Give a picture of a slanting blue."""
    rows = b"".join(
        b"\0" + bytes(value for x in range(width) for value in (x % 256, y % 256, 200))
        for y in range(height)
    )
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


PNG = _png(120, 40)
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
CSV = "day,orders,revenue\n" + "".join(f"2026-11-{day:02d},{day * 7},{day * 311}.50\n" for day in range(1, 23))  # fmt: skip

MINUTES = """\
Hello Anna,

thank you for the meeting on Thursday. The three points that we agreed on:

  1. The new price list goes out in December, once Marc has read it.
  2. We keep the warehouse in Lyon until the end of March.
  3. I write to the insurers about the water damage; you will get a copy.

The next meeting is on the 3rd of December at ten, in the small room. Could you bring the
figures for October?

Kind regards,
Li Wei
"""

MINUTES_HTML = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Minutes</title></head>
<body style="font-family: sans-serif">
<p>Hello Anna,</p>
<p>thank you for the meeting on Thursday. The three points that we agreed on:</p>
<ol>
<li>The new price list goes out in December, once Marc has read it.</li>
<li>We keep the warehouse in Lyon until the end of March.</li>
<li>I write to the insurers about the water damage; you will get a copy.</li>
</ol>
<p>The next meeting is on the <b>3rd of December at ten</b>, in the small room. Could you bring the
figures for October?</p>
<p>Kind regards,<br>Li Wei</p>
</body></html>
"""

REPORT = """\
王芳，您好：

今天的采集任务已经完成，一共处理了 12,480 个页面，其中 37 个失败。失败的页面已经放入队列，今晚会重新采集。
附件是完整的报表，请您查收。如果有问题，请直接回复这封邮件。

祝好
报表机器人
"""

REPORT_HTML = """\
<html><body><p>王芳，您好：</p>
<p>今天的采集任务已经完成，一共处理了 <b>12,480</b> 个页面，其中 <b>37</b> 个失败。失败的页面已经放入队列，今晚会重新采集。
附件是完整的报表，请您查收。如果有问题，请直接回复这封邮件。</p>
<p>祝好<br>报表机器人</p></body></html>
"""

GREEK_AND_MORE = """\
Καλημέρα σας, σας στέλνουμε το πρόγραμμα της επόμενης εβδομάδας.
Доброе утро! Высылаем расписание на следующую неделю.
صباح الخير، نرسل لكم جدول الأسبوع القادم.
おはようございます。来週の予定をお送りします。 🗓️ 👩‍👩‍👧
"""

ALERT = """\
An exception was raised 3 times since 09:12 in crawler.fetch.

Traceback (most recent call last):
  File "/srv/crawler/fetch.py", line 88, in fetch
    page = await client.get(url, timeout=self.timeout, headers=self.headers)
  File "/srv/crawler/client.py", line 41, in get
    raise FetchFailed(f"{url}: {status}")
crawler.errors.FetchFailed: https://shop.example.org/items?page=17: 503

Local names:
    headers = {'Accept': 'text/html,application/xhtml+xml'}
    body = %s

""" % ("'" + "0123456789 abcdef " * 120 + "'")

CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example.org//planner//EN
METHOD:REQUEST
BEGIN:VEVENT
UID:20261203-small-room@example.org
DTSTAMP:20261123T093000Z
DTSTART:20261203T090000Z
DTEND:20261203T100000Z
SUMMARY:Prices and the warehouse
ORGANIZER;CN=Li Wei:mailto:li@example.org
ATTENDEE;RSVP=TRUE:mailto:anna@example.net
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")

LI = Address(name="Li Wei", email="li@example.org")
ANNA = Address(name="Anna Sørensen", email="anna@example.net")
ROBOT = Address(name="报表机器人", email="bot@example.org")
FANG = Address(name="王芳", email="fang@example.net")


def _letter() -> Message:
    return Message(from_=LI, to=ANNA, subject="Minutes of Thursday", text=MINUTES)


def _html_only() -> Message:
    return Message(from_=LI, to=ANNA, subject="Minutes of Thursday", html=MINUTES_HTML)


def _html_fragment() -> Message:
    html = MINUTES_HTML.partition("<p>")[2].partition("</body>")[0]
    return Message(from_=LI, to=ANNA, subject="Minutes of Thursday", html=f"<p>{html}")


def _both() -> Message:
    return Message(from_=LI, to=ANNA, subject="Minutes of Thursday", text=MINUTES, html=MINUTES_HTML)  # fmt: skip


def _chinese() -> Message:
    return Message(from_=ROBOT, to=FANG, subject="今日采集报告", text=REPORT, html=REPORT_HTML)


def _chinese_text() -> Message:
    return Message(from_=ROBOT, to=FANG, subject="今日采集报告", text=REPORT)


def _scripts() -> Message:
    return Message(
        from_=Address(name="Ελένη, Δημητρίου", email="eleni@example.org"),
        to=[Address(name="Анна Иванова", email="anna@example.net"), FANG],
        subject="Πρόγραμμα · расписание · جدول · 予定 🗓️",
        text=GREEK_AND_MORE,
    )


def _attachments() -> Message:
    return Message(
        from_=ROBOT,
        to=FANG,
        subject="报表和原始数据",
        text=REPORT,
        html=REPORT_HTML,
        attachments=[
            Attachment(filename="二〇二六年十一月报表.pdf", content=PDF),
            Attachment(filename="orders.csv", content=CSV.encode()),
            Attachment(filename="Zusammenfassung für Köln.txt", content="Grüße\n".encode()),
        ],
    )


def _only_attachment() -> Message:
    report = Attachment(filename="orders.pdf", content=PDF)
    return Message(from_=LI, to=ANNA, subject="The orders of November", attachments=[report])


def _picture() -> Message:
    html = MINUTES_HTML.replace("<p>Hello", '<img src="cid:logo" alt="Our logo"><p>Hello')
    return Message(
        from_=LI,
        to=ANNA,
        subject="Minutes of Thursday",
        text=MINUTES,
        html=html,
        inline={"logo": Attachment(filename="logo.png", content=PNG)},
    )


def _everything() -> Message:
    return _picture().replace(
        cc=[FANG, "ops@example.net"],
        reply_to="office@example.org",
        sender="secretary@example.org",
        attachments=[
            Attachment(filename="orders.csv", content=CSV.encode()),
            Attachment(filename="会议.ics", content=CALENDAR.encode()),
        ],
    )


def _long_subject() -> Message:
    subject = "采集任务完成：共处理一万二千四百八十个页面，其中三十七个失败，今晚重新采集 " * 3
    return Message(from_=ROBOT, to=FANG, subject=subject.strip(), text=REPORT)


def _long_english_subject() -> Message:
    subject = (
        "Minutes of Thursday: the price list, the warehouse in Lyon, and the water damage " * 3
    )
    return Message(from_=LI, to=ANNA, subject=subject.strip(), text=MINUTES)


def _forwarded() -> Message:
    original = _chinese().replace(date=NOW).finalise().to_bytes()
    return Message(
        from_=LI,
        to=ANNA,
        subject="Fwd: 今日采集报告",
        text="Anna, this came from the crawler last night. What shall we do about the failures?\n",
        attachments=[Attachment(filename="今日采集报告.eml", content=original)],
    )


def _invitation() -> Message:
    return Message(
        from_=LI,
        to=ANNA,
        subject="Invitation: Prices and the warehouse",
        text="Thursday the 3rd of December, ten o'clock, the small room. Please say whether you come.\n",
        html="<p>Thursday the <b>3rd of December, ten o'clock</b>, the small room.</p>"
        "<p>Please say whether you come.</p>",
        calendar=CALENDAR,
    )


def _calendar_file() -> Message:
    plans = Attachment(filename="plans.ics", content=CALENDAR.encode())
    return Message(from_=LI, to=ANNA, subject="The plans", text=MINUTES, attachments=[plans])


def _newsletter() -> Message:
    stop = "https://example.org/unsubscribe?list=news&id=8f14e45fceea167a5a36dedd4bea2543"
    return Message(
        from_=Address(name="Example News", email="news@example.org"),
        to=ANNA,
        subject="What is new in November",
        text=f"{MINUTES}\nYou get this letter because you asked for it. To stop it: {stop}\n",
        html=MINUTES_HTML.replace("</body>", f'<p><a href="{stop}">Unsubscribe</a></p></body>'),
        unsubscribe=[stop, "mailto:unsubscribe@example.org"],
        headers=[("List-ID", "<news.example.org>"), ("Precedence", "bulk")],
    )


def _urgent() -> Message:
    return _letter().replace(priority="high", cc="office@example.net")


def _with_amp() -> Message:
    amp = (
        '<!doctype html>\n<html \u26a14email data-css-strict><head><meta charset="utf-8">\n'
        '<script async src="https://cdn.ampproject.org/v0.js"></script>\n'
        "<style amp4email-boilerplate>body{visibility:hidden}</style></head>\n"
        f"<body><p>{MINUTES}</p></body></html>\n"
    )
    return _both().replace(amp=amp)


def _reply() -> Message:
    ids = [f"<20261{day}.{day * 7919}@example.net>" for day in range(101, 130)]
    return Message(
        from_=LI,
        to=ANNA,
        subject="Re: Minutes of Thursday",
        text="The figures are enough for me, thank you.\n\n> Could you bring the\n> figures?\n",
        in_reply_to=ids[-1],
        references=ids,
    )


def _alert() -> Message:
    return Message(
        from_="crawler@example.org",
        to="ops@example.net",
        subject="[crawler] FetchFailed: https://shop.example.org/items?page=17: 503 (3 times)",
        text=ALERT,
        headers=[("Auto-Submitted", "auto-generated")],
    )


def _group() -> Message:
    return Message(
        from_=LI,
        to=Group(name="The small room", members=[ANNA, FANG, "ops@example.net"]),
        subject="Minutes of Thursday",
        text=MINUTES,
    )


def _blind() -> Message:
    hidden = Group(name="undisclosed-recipients")
    return Message(from_=LI, to=hidden, bcc=[ANNA, FANG], subject="Minutes", text=MINUTES)


def _idn() -> Message:
    return Message(
        from_="Grüße <info@bücher.example>",
        to=Address(name="王芳", email="fang@例え.example"),
        subject="Ihre Bestellung ist da",
        text="Guten Tag,\n\nIhre Bestellung liegt bereit. Wir haben bis 18 Uhr geöffnet.\n\nGrüße\n",
    )


#: Each shape by its name; made anew on each call, so that no test changes another's.
SAMPLES: dict[str, Callable[[], Message]] = {
    function.__name__.removeprefix("_"): function
    for function in (
        _letter, _html_only, _html_fragment, _both, _chinese, _chinese_text, _scripts, _attachments,
        _only_attachment, _picture, _everything, _long_subject, _long_english_subject, _forwarded,
        _invitation, _calendar_file, _newsletter, _urgent, _with_amp, _reply, _alert, _group, _blind, _idn,
    )
}  # fmt: skip
