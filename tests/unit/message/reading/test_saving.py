from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.saving import name_by_type, safe_filename, save_new


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("数据.csv", "数据.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.txt", "x.txt"),
        ("a:b?.txt", "a_b_.txt"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\0b\r\n.txt", "ab.txt"),
        (".bashrc", "bashrc"),
        ("con", "_con"),
        ("LPT1.txt", "_LPT1.txt"),
        ("con .txt", "_con .txt"),
        ("COM¹", "_COM¹"),
        ("com².log", "_com².log"),
        ("Lpt³ .a.b", "_Lpt³ .a.b"),
        ("CONIN$", "_CONIN$"),
        ("conout$.txt", "_conout$.txt"),
        ("comma.txt", "comma.txt"),
        ("com12", "com12"),
        ("con a.txt", "con a.txt"),
        ("..", "attachment"),
        ("dir/", "attachment"),
        ("", "attachment"),
        (None, "attachment"),
    ],
)
def test_a_name_becomes_safe(name: str | None, safe: str) -> None:
    assert safe_filename(name) == safe


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("message/rfc822", "attachment.eml"),
        ("image/png", "attachment.png"),
        ("image/jpeg", "attachment.jpg"),
        ("text/calendar", "attachment.ics"),
        ("application/pdf", "attachment.pdf"),
        ("text/plain", "attachment.txt"),
        ("text/html", "attachment.html"),
        ("application/x-tar", "attachment.tar"),
        ("application/octet-stream", "attachment"),
        ("x/../../unknown", "attachment"),
        ("", "attachment"),
    ],
)
def test_what_has_no_name_gets_the_suffix_of_its_type(content_type: str, name: str) -> None:
    assert name_by_type(content_type) == name


def test_a_long_name_keeps_its_suffix() -> None:
    safe = safe_filename("数" * 300 + ".csv")
    assert safe.endswith("数.csv")
    assert len(safe.encode()) <= 200


@given(st.text())
def test_no_name_leaves_the_folder(name: str) -> None:
    safe = safe_filename(name)
    assert Path(safe).name == safe
    assert safe not in {"", ".", ".."}
    assert len(safe.encode()) <= 255


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    paths = [save_new([octet, octet], tmp_path, "a.tar.gz") for octet in (b"1", b"2", b"3")]
    assert [path.name for path in paths] == ["a.tar.gz", "a.tar (1).gz", "a.tar (2).gz"]
    assert [path.read_bytes() for path in paths] == [b"11", b"22", b"33"]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    (tmp_path / "x").symlink_to(target)
    assert save_new([b"1"], tmp_path, "x").name == "x (1)"
    assert not target.exists()


def test_a_file_that_can_not_be_written_whole_is_not_left(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"1"
        raise OSError(28, "no space left")

    with pytest.raises(OSError, match="no space left"):
        save_new(pieces(), tmp_path, "x")
    assert list(tmp_path.iterdir()) == []
