import io
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from mailcore.cli import main
from mailcore.message import Attachment, Message

FROM = b"From joe@example.org Fri Jan  5 10:20:30 2024\n"
PNG = b"\x89PNG\r\n\x1a\n"


def mail(subject: str = "报告") -> bytes:
    return Message(
        from_="王芳 <fang@example.org>",
        to=["bot@example.org"],
        subject=subject,
        text="See below.\n",
        html='<p>See below.</p><img src="cid:logo">',
        inline={"logo": PNG},
        attachments=[
            Attachment(filename="数据.csv", content=b"1,2\n"),
            Attachment(filename="../x.bin", content=b"\0\xff\r\n"),
        ],
    ).to_bytes()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "mail.eml"
    path.write_bytes(mail())
    return str(path)


@pytest.fixture
def mbox(tmp_path: Path) -> str:
    path = tmp_path / "mbox"
    raw = [mail(subject).replace(b"\r\n", b"\n") for subject in ("one", "two", "three")]
    path.write_bytes(b"".join(FROM + each + b"\n" for each in raw))
    return str(path)


@pytest.fixture
def maildir(tmp_path: Path) -> str:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box" / "new" / "2.a").write_bytes(mail("two"))
    (tmp_path / "box" / "cur" / "1.a:2,S").write_bytes(mail("one"))
    return str(tmp_path / "box")


# --- one mail ------------------------------------------------------------------------------------


def test_a_mail_is_shown(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", file]) == 0
    shown = capsys.readouterr().out
    assert "From:    王芳 <fang@example.org>\n" in shown
    assert "\nSee below.\n" in shown
    assert "\n  2: 数据.csv, text/csv, 4 octets\n" in shown


def test_a_mail_is_shown_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(mail())))
    assert main(["show", "-"]) == 0
    assert "Subject: 报告\n" in capsys.readouterr().out


def test_a_part_is_written_as_its_octets(
    file: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["show", file, "--part", "3"]) == 0
    assert capsysbinary.readouterr().out == b"\0\xff\r\n"


def test_a_mail_without_parts_is_part_one(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(b"Subject: x\n\ntext\n")
    assert main(["show", str(path), "--part", "1"]) == 0
    assert capsysbinary.readouterr().out == b"text\n"


def test_every_part_that_is_named_can_be_written(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "mail.eml"
    uuencoded = b"see\n\nbegin 644 a.txt\n#86)C\n`\nend\n"
    path.write_bytes(b"Subject: x\n\n" + uuencoded)
    assert main(["show", str(path)]) == 0
    assert b"\n  1+1: a.txt, " in capsysbinary.readouterr().out
    assert main(["show", str(path), "--part", "1+1"]) == 0
    assert capsysbinary.readouterr().out == b"abc"
    path.write_bytes(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n\n" + uuencoded + b"--b--\n"
    )
    assert main(["show", str(path), "--part", "2+1"]) == 0
    assert capsysbinary.readouterr().out == b"abc"


def test_header_fields_are_shown_as_text(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", file, "--headers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Subject: 报告" in lines
    assert "MIME-Version: 1.0" in lines


def test_header_fields_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(b"X-Y: \x1b[2J =?utf-8?q?=1b]0;x=07?=\n\n")
    assert main(["show", str(path), "--headers"]) == 0
    assert capsys.readouterr().out == "X-Y: \\x1b[2J \\x1b]0;x\\x07\n"


def test_a_page_for_a_browser_is_utf8_everywhere(
    file: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["show", file, "--html"]) == 0
    page = capsysbinary.readouterr().out
    assert page.startswith(b"<!DOCTYPE html>")
    assert "<td>报告</td>".encode() in page
    assert b64encode(PNG) in page


def test_attachments_are_saved_and_their_paths_told(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "folder"
    assert main(["show", file, "--save", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / '数据.csv'}\n{folder / 'x.bin'}\n"
    assert (folder / "x.bin").read_bytes() == b"\0\xff\r\n"


def test_defects_alone_are_not_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(mail().replace(b"Subject:", b"Subject: x\r\nSubject:"))
    assert main(["show", str(path), "--defects"]) == 1
    assert capsys.readouterr().out.startswith("duplicate-field")


def test_no_defects_are_good(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", file, "--defects"]) == 0
    assert capsys.readouterr().out == ""


# --- several mails -------------------------------------------------------------------------------


def test_an_mbox_is_shown_as_a_list(mbox: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", mbox]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert [row.rpartition("  ")[2] for row in rows] == ["王芳: one", "王芳: two", "王芳: three"]


def test_a_maildir_is_shown_as_a_list(maildir: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", maildir]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.rpartition("  ")[2] for row in rows] == ["王芳: one", "王芳: two"]


def test_a_list_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mbox"
    path.write_bytes((FROM + b"From: \x1b[2J <a@b.c>\nSubject: \x1b]0;\n\n\n") * 2)
    assert main(["show", str(path)]) == 0
    assert "\\x1b[2J: \\x1b]0;\n" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["1", "2"])
def test_a_mail_of_a_list_is_shown_by_its_number(
    mbox: str, maildir: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for box in (mbox, maildir):
        assert main(["show", box, "--message", number]) == 0
        subject = {"1": "one", "2": "two"}[number]
        assert f"Subject: {subject}\n" in capsys.readouterr().out


def test_an_mbox_of_one_mail_is_that_mail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mbox"
    path.write_bytes(FROM + b"Subject: x\n\ntext\n")
    assert main(["show", str(path)]) == 0
    assert "\n\ntext\n" in capsys.readouterr().out


def test_an_empty_mbox_is_an_empty_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("cur", "new"):
        (tmp_path / "box" / name).mkdir(parents=True)
    assert main(["show", str(tmp_path / "box")]) == 0
    assert capsys.readouterr().out == ""


# --- wrong calls ---------------------------------------------------------------------------------


def fails(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["show", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_a_file_that_is_missing_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "missing")
    assert fails([path], capsys) == f"mailcore: {path}: No such file or directory\n"


def test_a_folder_that_is_no_maildir_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is no Maildir" in fails([str(tmp_path)], capsys)


def test_a_part_that_is_not_there_is_a_wrong_call(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no part '7'" in fails([file, "--part", "7"], capsys)


@pytest.mark.parametrize("number", ["0", "-1", "4"])
def test_a_number_that_is_not_in_the_list_is_a_wrong_call(
    mbox: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"no mail number {number}" in fails([mbox, "--message", number], capsys)


@pytest.mark.parametrize(
    "option", [["--headers"], ["--part", "1"], ["--html"], ["--save", "x"], ["--defects"]]
)
def test_what_is_of_one_mail_is_not_shown_of_several(
    mbox: str, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "say which, as --message 1" in fails([mbox, *option], capsys)


def test_a_folder_that_cannot_be_made_is_a_wrong_call(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "File exists" in fails([file, "--save", file], capsys)


def test_two_things_at_once_are_a_wrong_call(file: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["show", file, "--html", "--headers"])
    assert caught.value.code == 2


def test_it_is_a_command(file: str) -> None:
    command = [sys.executable, "-m", "mailcore", "show"]
    done = subprocess.run([*command, file], capture_output=True, check=True)
    assert "Subject: 报告\n".encode() in done.stdout
    piped = subprocess.run(
        [*command, "-", "--part", "3"], input=mail(), capture_output=True, check=True
    )
    assert piped.stdout == b"\0\xff\r\n"
