"""However bad a night is, a few mails tell of it, of each exception once, and it takes little memory."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mailcore.message import ReceivedMessage
from tests.calm import NIGHTS, Night, mails_of

PROJECT = Path(__file__).parents[3]


def count_of(mail: ReceivedMessage) -> int:
    return int(mail.headers["X-Mailcore-Count"])


def told_by(mail: ReceivedMessage) -> int:
    """Give how many exceptions a mail tells people of: on top if there are several kinds."""
    if several := re.match(r"\[shop\] (\d+) exceptions of ", str(mail.subject)):
        return int(several[1])
    times = re.search(r"^(?:(\d+) more times?,|1 more,|Once, at) ", str(mail.text), re.MULTILINE)
    assert times is not None
    return int(times[1] or 1)


@pytest.mark.parametrize("night", NIGHTS, ids=lambda night: night.name)
def test_a_bad_night_is_a_few_mails_that_tell_of_each_exception_once(night: Night) -> None:
    mails = mails_of(night)
    counts = [count_of(mail) for mail in mails]
    assert 1 <= len(mails) <= night.most_mails
    assert sum(counts) == sum(1 for _ in night.failures())
    assert [told_by(mail) for mail in mails] == counts


def test_the_last_mail_about_a_bug_tells_how_often_it_was_there() -> None:
    *_, last = mails_of(NIGHTS[1])
    assert ", 10000 in all" in str(last.text)


def test_the_list_of_a_digest_adds_up() -> None:
    night = NIGHTS[3]
    assert night.bugs == 40
    for mail in mails_of(night):
        listed = re.findall(r"^(\d+) × ", str(mail.text), re.MULTILINE)
        assert not listed or sum(map(int, listed)) == count_of(mail)


STATUS = Path("/proc/self/status")  # where Linux says how much memory a process has had at most
PEAK = f"""
import re
from tests.calm import NIGHTS, mails_of

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("{STATUS}").read())[1])

mails_of(NIGHTS[0])  # what is loaded once is not the night's
before = peak()
mails_of(NIGHTS[-1])
print((peak() - before) / 1024)
"""


@pytest.mark.skipif(
    not STATUS.exists() or "VmHWM" not in STATUS.read_text(),
    reason="this system does not tell of a process's memory",
)
def test_ten_thousand_bugs_take_less_than_50_megabytes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PEAK], cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert float(done.stdout) < 50
