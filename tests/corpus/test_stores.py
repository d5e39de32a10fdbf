"""Real mails through an mbox that the standard library writes, and out of it again."""

import mailbox
import re
from pathlib import Path

import pytest

from mailcore.message.stores.mbox import read_mbox

pytestmark = pytest.mark.corpus


def unmark(raw: bytes) -> bytes:
    return re.sub(rb"(?m)^>(?=>*From )", b"", raw)


def test_the_standard_library_reads_the_same_mails_from_an_mbox(
    tmp_path: Path, corpora: Path
) -> None:
    files = sorted((corpora / "mime" / "messages").rglob("*.eml"))
    assert len(files) > 400
    box = mailbox.mbox(tmp_path / "mbox", create=True)
    for file in files:
        raw = file.read_bytes().replace(b"\r\n", b"\n")
        box.add(re.sub(rb"\AFrom [^\n]*+\n", b"", raw))
    box.flush()
    theirs = [unmark(box.get_bytes(key)) for key in box.iterkeys()]
    box.close()
    ours = [mail.raw for mail in read_mbox(tmp_path / "mbox")]
    assert len(ours) == len(files)
    assert [mail.rstrip(b"\n") for mail in ours] == [mail.rstrip(b"\n") for mail in theirs]
