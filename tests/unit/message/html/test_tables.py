from mailcore.message.html.tables import COLUMNS, Cell, lay_out, stack


def row(*texts: str, heading: bool = False) -> list[Cell]:
    return [Cell([text] if text else [], is_heading=heading) for text in texts]


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert lay_out([row("a", "bbb"), row("cccc", "d")]) == ["a     bbb", "cccc  d  "]


def test_a_row_of_headings_is_underlined() -> None:
    assert lay_out([row("No", "Name", heading=True), row("1", "Ann")]) == [
        "No  Name",
        "--  ----",
        "1   Ann ",
    ]


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert lay_out([row("字", "x"), row("e\u0301", "y")]) == ["字  x", "e\u0301   y"]


def test_cells_that_span_leave_columns_empty() -> None:
    rows = [[Cell(["a"], columns=2), Cell(["b"])], row("c", "d", "e")]
    assert lay_out(rows) == ["a     b", "c  d  e"]
    rows = [[Cell(["a"], rows=2), Cell(["b"])], row("c"), row("d", "e")]
    assert lay_out(rows) == ["a  b", "   c", "d  e"]


def test_empty_rows_are_left_out() -> None:
    assert lay_out([row("", ""), row("a", "b"), []]) == ["a  b"]
    assert lay_out([]) == []


def test_a_row_that_is_too_wide_is_named_by_the_headings() -> None:
    long = "x" * 78
    assert lay_out([row("No", "Name", heading=True), row("1", long), row("2", "")]) == [
        "No: 1",
        f"Name: {long}",
        "",
        "No: 2",
        "",
    ]


def test_what_does_not_fit_and_has_no_headings_is_stacked() -> None:
    long = "x" * 78
    assert lay_out([row("a", long)]) == ["a", long, ""]


def test_more_columns_than_people_read_are_stacked() -> None:
    assert lay_out([row(*"x" * (COLUMNS + 1))]) == [*"x" * (COLUMNS + 1), ""]


def test_rows_with_cells_of_several_lines_are_blocks() -> None:
    rows = [[Cell(["a", "b"]), Cell(["c"])], row("d", "e")]
    assert lay_out(rows) == ["a", "b", "c", "", "d", "e", ""]


def test_cells_of_several_lines_are_named_by_the_headings() -> None:
    rows = [row("Item", "Price", heading=True), [Cell(["Shirt", "No. 4711"]), Cell(["9.50"])]]
    assert lay_out(rows) == ["Item: Shirt No. 4711", "Price: 9.50", ""]


def test_stacked_rows_of_one_line_stand_one_after_another() -> None:
    assert stack([row("a"), row("b", ""), row("c")]) == ["a", "b", "c"]


def test_stacked_rows_of_several_cells_are_kept_apart() -> None:
    assert stack([row("a", "b"), row("c")]) == ["a", "b", "", "c", ""]


def test_cells_that_span_endless_rows_cost_nothing() -> None:
    rows = [[Cell(["x"], rows=10**9)] for _ in range(50_000)]
    assert lay_out(rows) == ["x"] * 50_000


def test_a_colon_of_the_heading_is_not_doubled() -> None:
    long = "x" * 78
    rows = [row("No:", "Name:", heading=True), row("1", long)]
    assert lay_out(rows) == ["No: 1", f"Name: {long}", ""]
