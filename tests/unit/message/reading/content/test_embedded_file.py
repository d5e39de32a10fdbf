from mailcore.message.reading.content.embedded_file import EmbeddedFile


def test_a_file_is_whole_unless_something_says_otherwise() -> None:
    assert not EmbeddedFile("a.bin", b"", 0, 0).is_damaged
