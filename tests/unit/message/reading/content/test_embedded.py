from mailcore.message.reading.content.embedded import FILES, find_embedded

UUENCODED = b"begin 644 cat\n#0V%T\n`\nend\n"
YENC = b"=ybegin line=128 size=3 name=dog\n\x6e\x99\x91\n=yend size=3\n"


def test_files_of_both_kinds_come_in_order() -> None:
    body = b"a\n" + YENC + b"b\n" + UUENCODED + YENC
    files = find_embedded(body)
    assert [(file.filename, file.content) for file in files] == [
        ("dog", b"Dog"),
        ("cat", b"Cat"),
        ("dog", b"Dog"),
    ]
    assert body[: files[0].start] + body[files[0].end : files[1].start] == b"a\nb\n"


def test_a_file_within_a_file_is_no_other_file() -> None:
    body = b"=ybegin line=128 size=3 name=dog\n" + UUENCODED + b"=yend size=3\n"
    assert [file.filename for file in find_embedded(body)] == ["dog"]


def test_more_files_than_the_limit_stay_text() -> None:
    assert len(find_embedded(UUENCODED * (FILES + 1))) == FILES


def test_a_text_holds_none() -> None:
    assert find_embedded(b"Let us begin at 5.\n") == []
