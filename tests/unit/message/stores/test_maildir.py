import mailbox
import os
from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailcore.message.reading.limits import Limits
from mailcore.message.stores import maildir
from mailcore.message.stores.maildir import MaildirMessage, list_maildir_folders, read_maildir


@pytest.fixture
def box(tmp_path: Path) -> Path:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "box" / name).mkdir(parents=True)
    return tmp_path / "box"


def deliver(box: Path, name: str, raw: bytes = b"Subject: x\n\n") -> Path:
    path = box / name
    path.write_bytes(raw)
    return path


def test_mails_come_in_the_order_of_their_delivery(box: Path) -> None:
    names = ("cur/1704450000.M2P9.a:2,", "new/1704449999.P1.a", "cur/1704450000.M1P9.b:2,S")
    for name in (*names, "new/1704450000_3.b"):
        deliver(box, name)
    assert [mail.unique_name for mail in read_maildir(box)] == [
        "1704449999.P1.a",
        "1704450000_3.b",
        "1704450000.M1P9.b",
        "1704450000.M2P9.a",
    ]


def test_where_the_name_has_no_time_the_file_does(box: Path) -> None:
    os.utime(deliver(box, "cur/b"), (1_704_450_000, 1_704_450_000))
    os.utime(deliver(box, "cur/a"), (1_704_450_002, 1_704_450_002))
    deliver(box, "new/1704450001.x")
    assert [mail.unique_name for mail in read_maildir(box)] == ["b", "1704450001.x", "a"]


def test_a_mail_is_read_when_it_is_asked_for(box: Path) -> None:
    path = deliver(box, "new/1.a", b"Subject: \xe6\x8a\xa5\n\n")
    (mail,) = read_maildir(str(box))
    assert (mail.path, mail.is_new) == (path, True)
    assert mail.read().subject == "报"


def test_what_was_seen_by_a_program_is_not_new(box: Path) -> None:
    deliver(box, "cur/1.a:2,")
    assert [mail.is_new for mail in read_maildir(box)] == [False]


@pytest.mark.parametrize(
    ("name", "unique_name", "flags"),
    [
        ("1.a", "1.a", set()),
        ("1.a:2,", "1.a", set()),
        ("1.a:2,S", "1.a", {"seen"}),
        ("1.a:2,DFPRST", "1.a", {"draft", "flagged", "passed", "replied", "seen", "trashed"}),
        ("1.a!2,FS", "1.a", {"flagged", "seen"}),
        ("1.a;2,R", "1.a", {"replied"}),
        ("1.a:2,Sabc", "1.a", {"seen"}),
        ("1.a:2,xyz", "1.a", set()),
        ("1.a:1,S", "1.a", set()),
        ("1.a,S=12,W=13:2,S", "1.a,S=12,W=13", {"seen"}),
        ("1.a!b:2,S", "1.a!b", {"seen"}),
        ("1.a:3,S", "1.a:3,S", set()),
    ],
)
def test_flags_stand_after_the_unique_name(
    box: Path, name: str, unique_name: str, flags: set[str]
) -> None:
    deliver(box, f"cur/{name}")
    (mail,) = read_maildir(box)
    assert mail.unique_name == unique_name
    assert set(mail.flags) == flags


def test_only_delivered_mails_are_given(box: Path) -> None:
    deliver(box, "tmp/1.a")
    deliver(box, "cur/.hidden")
    deliver(box, "dovecot.index")
    (box / "cur" / "folder").mkdir()
    os.mkfifo(box / "new" / "2.pipe")
    assert list(read_maildir(box)) == []


@pytest.mark.parametrize("missing", ["cur", "new", "tmp"])
def test_an_empty_folder_may_be_missing(box: Path, missing: str) -> None:
    (box / missing).rmdir()
    assert list(read_maildir(box)) == []


def test_a_mail_that_was_renamed_is_found_again(box: Path) -> None:
    path = deliver(box, "new/1.a", b"Subject: y\n\n")
    (mail,) = read_maildir(box)
    path.rename(box / "cur" / "1.a:2,S")
    assert mail.read().subject == "y"


def test_a_mail_that_is_gone_cannot_be_read(box: Path) -> None:
    path = deliver(box, "new/1.a")
    (mail,) = read_maildir(box)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"1\.a"):
        mail.read()


def test_a_mail_is_given_once_though_it_moves_while_it_is_listed(box: Path) -> None:
    deliver(box, "new/1.a")
    deliver(box, "cur/1.a:2,S")
    (mail,) = read_maildir(box)
    assert (mail.path.parent.name, mail.is_new) == ("cur", False)


def test_a_mail_that_moves_between_listing_and_asking_for_its_time_is_not_missed(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver(box, "new/a")
    listing = maildir._list

    def list_and_move(root: Path) -> list[MaildirMessage]:
        found = list(listing(root))
        if path.exists():
            path.rename(box / "cur" / "a:2,S")
        return found

    monkeypatch.setattr(maildir, "_list", list_and_move)
    (mail,) = read_maildir(box)
    assert mail.read().subject == "x"


def test_a_mail_that_is_gone_before_its_time_is_known_is_left_out(
    box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = MaildirMessage(box / "new" / "a", "a")
    monkeypatch.setattr(maildir, "_list", lambda _: iter([gone]))
    assert list(read_maildir(box)) == []


def test_limits_are_those_of_the_reading(box: Path) -> None:
    deliver(box, "new/1.a", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n")
    (mail,) = read_maildir(box)
    defects = mail.read(limits=Limits(depth=-1)).defects
    assert "too-deep" in {defect.code for defect in defects}
    with pytest.raises(ConfigurationError, match="larger"):
        mail.read(octets=10)


@pytest.mark.parametrize("name", ["", "file", "missing"])
def test_what_is_no_maildir_is_refused_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="is no Maildir"):
        read_maildir(tmp_path / name)
    with pytest.raises(ConfigurationError, match="is no Maildir"):
        list_maildir_folders(tmp_path / name)


def test_folders_are_listed_by_name(box: Path) -> None:
    for name in (".Sent", ".Archive.2026", ".Archive"):
        (box / name / "cur").mkdir(parents=True)
    (box / ".no-folder").mkdir()
    deliver(box, ".file")
    assert list_maildir_folders(str(box)) == {
        "Archive": box / ".Archive",
        "Archive.2026": box / ".Archive.2026",
        "Sent": box / ".Sent",
    }


def test_a_mail_is_a_value(box: Path) -> None:
    deliver(box, "cur/1.a:2,S")
    (mail,) = read_maildir(box)
    assert mail == MaildirMessage(box / "cur" / "1.a:2,S", "1.a", frozenset({"seen"}))


def test_the_standard_library_writes_what_is_read(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box", create=True)
    message = mailbox.MaildirMessage(b"Subject: x\n\n")
    message.set_flags("FS")
    message.set_subdir("cur")
    box.add(message)
    box.add(b"Subject: y\n\n")
    box.add_folder("Sent")
    first, second = sorted(read_maildir(tmp_path / "box"), key=lambda mail: mail.is_new)
    assert first.read().subject == "x"
    assert sorted(first.flags) == ["flagged", "seen"]
    assert (second.read().subject, second.is_new) == ("y", True)
    assert list(list_maildir_folders(tmp_path / "box")) == ["Sent"]
