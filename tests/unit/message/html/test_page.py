from mailcore.message.html.page import LEVELS, Page


def test_pieces_of_text_make_a_line() -> None:
    page = Page()
    page.write("one ")
    page.write(" two\n")
    assert page.lines() == ["one two"]


def test_blocks_are_parted_by_one_empty_line_at_most() -> None:
    page = Page()
    page.end_block(empty_line=True)
    page.write("a")
    page.end_block(empty_line=True)
    page.end_line()
    page.end_block(empty_line=False)
    page.write("b")
    page.end_block(empty_line=True)
    assert page.lines() == ["a", "", "b"]


def test_a_marker_stands_before_the_first_line_only() -> None:
    page, owner = Page(), object()
    page.indent(owner, "- ", "  ")
    page.write("a")
    page.end_line()
    page.write("b")
    page.dedent(owner)
    page.write("c")
    assert page.lines() == ["- a", "  b", "c"]


def test_ending_an_indentation_ends_those_within() -> None:
    page, outer, inner = Page(), object(), object()
    page.indent(outer, "> ", "> ")
    page.indent(inner, "- ", "  ")
    page.dedent(outer)
    page.dedent(inner)
    page.write("a")
    assert page.lines() == ["a"]


def test_an_empty_line_is_indented_as_the_lines_around_it() -> None:
    page, owner = Page(), object()
    page.indent(owner, "> ", "> ")
    page.put(["a", "", "", "b", ""])
    page.dedent(owner)
    page.put(["c"])
    assert page.lines() == ["> a", ">", "> b", "", "c"]


def test_indentation_is_bounded() -> None:
    page = Page()
    for _ in range(2 * LEVELS):
        page.indent(object(), "> ", "> ")
    page.write("a")
    assert page.lines() == ["> " * LEVELS + "a"]


def test_what_was_written_since_a_mark_is_known_across_lines() -> None:
    page = Page()
    page.write("before ")
    mark = page.mark()
    page.end_line()
    page.write("one")
    page.end_line()
    page.write(" two ")
    assert page.since(mark) == "before one two"


def test_a_mark_outlives_white_space_that_made_no_line() -> None:
    page = Page()
    page.write(" ")
    mark = page.mark()
    page.end_block(empty_line=False)
    page.write("label")
    assert page.since(mark) == "label"


def test_what_was_written_since_a_mark_can_be_replaced() -> None:
    page = Page()
    page.write("see ")
    mark = page.mark()
    page.write(" here ")
    page.replace(mark, "there")
    page.write("now")
    assert page.lines() == ["see there now"]


def test_appended_text_stands_before_the_white_space() -> None:
    page = Page()
    page.write("label ")
    page.append(" (address)")
    page.write("on")
    assert page.lines() == ["label (address) on"]


def test_text_is_appended_to_the_last_line_where_no_new_one_has_begun() -> None:
    page = Page()
    page.put(["label"])
    page.write(" ")
    page.append(" (address)")
    assert page.lines() == ["label (address)"]


def test_space_is_kept_while_it_should_be() -> None:
    page = Page()
    page.keep_space(keep=True)
    page.write("a  b\n  c")
    page.end_line()
    page.write("d")
    page.keep_space(keep=False)
    page.write("e  f")
    assert page.lines() == ["a  b", "  c", "d", "e f"]


def test_space_that_was_not_kept_cannot_be_kept_less() -> None:
    page = Page()
    page.keep_space(keep=False)
    page.write("a  b")
    assert page.lines() == ["a b"]
