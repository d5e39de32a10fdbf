"""A document is a plain value."""

from mailcore.notices.rendering.document import Document


def test_a_document_with_a_summary_is_a_digest() -> None:
    assert Document("title", "preview", ("2 × KeyError",), (), ()).is_digest
    assert not Document("title", "preview", (), (), ()).is_digest
