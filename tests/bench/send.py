"""Sending over one connection and ten, plain and by STARTTLS, near and far, against those who are here.

Ratios are medians of several rounds, in turns, to `smtplib`: how many times as many messages a second.
"""

import statistics
import subprocess
import sys

from tests.bench.senders import Case, senders
from tests.bench.sinks import Place, places

__all__ = ["send"]

ROUNDS = 5
LINE = b"a line of text in a message of the size that most confirmations have\r\n"
HEAD = (
    b"From: a@example.test\r\nTo: b@example.test\r\nSubject: Your order\r\n"
    b"Message-ID: <1@example.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n\r\n"
)
SMALL, LARGE = HEAD + LINE * 26, HEAD + LINE * 15_000
ATTACHMENT_MB = 50


def send() -> None:
    """Print the rows."""
    with places() as found:
        for label, case in _cases(found):
            _race(label, case)
        _memory(found["smtp-sink"])


def _cases(found: dict[str, Place]) -> list[tuple[str, Case]]:
    rows: list[tuple[str, Case]] = []
    for name, small, large in (("smtp-sink", 2000, 40), ("csink", 2000, 40), ("Postfix", 300, 20)):
        if name not in found:
            continue
        place = found[name]
        ways = [(), ("CHUNKING",)] if name != "smtp-sink" else [()]
        for without in ways:
            how = "BDAT" if name != "smtp-sink" and not without else "DATA"
            rows += [
                (f"2 KB, {name}, {how}", Case(place, SMALL, small, without=without)),
                (f"2 KB, {name}, {how}, ten", Case(place, SMALL, small, 10, without=without)),
                (f"1 MB, {name}, {how}", Case(place, LARGE, large, without=without)),
                (f"1 MB, {name}, {how}, ten", Case(place, LARGE, large, 10, without=without)),
            ]
            if place.authority is not None:
                rows += [
                    (
                        f"2 KB, {name}, {how}, TLS",
                        Case(place, SMALL, small, 1, True, without=without),
                    ),
                    (
                        f"1 MB, {name}, {how}, TLS",
                        Case(place, LARGE, large, 1, True, without=without),
                    ),
                ]
        if far := found.get(f"{name}, 20 ms"):
            for without in ways:
                how = "BDAT" if name != "smtp-sink" and not without else "DATA"
                rows.append((f"2 KB, {name}, {how}, 20 ms", Case(far, SMALL, 32, without=without)))
    if "csink" in found:
        rows.append(
            ("compose and send 2 KB, csink", Case(found["csink"], LINE * 26, 1000, compose=True))
        )
    return rows


def _race(label: str, case: Case) -> None:
    runners = senders(case)
    times: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(ROUNDS):
        for name, sender in runners.items():
            times[name].append(sender(case))
    for name, taken in times.items():
        ratios = [a / b for a, b in zip(times["smtplib"], taken, strict=True)]
        rate = case.number / statistics.median(taken)
        print(f"{label:<34} {name:<18} {rate:9.0f}/s {statistics.median(ratios):7.2f}x smtplib")


def _memory(place: Place) -> None:
    """Print by how much sending a large attachment out of a file makes a process larger."""
    program = f"""
import resource, sys, tempfile
from mailcore import Attachment, Message, SMTPTransport
def size(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with tempfile.NamedTemporaryFile() as file, SMTPTransport("127.0.0.1", {place.port}, security="plain") as smtp:
    file.truncate({ATTACHMENT_MB} * 1024 * 1024)
    mail = Message(from_="a@example.test", to="b@example.test", text="x")
    smtp.send(mail)
    before = size()
    smtp.send(mail.replace(attachments=[Attachment(filename="x.bin", content=__import__("pathlib").Path(file.name))]))
    print(size() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    print(
        f"{ATTACHMENT_MB} MB attachment from a file: {int(done.stdout) / 1024:.1f} MiB above base"
    )
