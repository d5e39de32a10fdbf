"""The sections of an issue: what is in them, bounded however much there was."""

from pathlib import Path

from mailcore.notices.exceptions.snapshot import Failure, Frame
from mailcore.notices.rendering.document import Code, Prose, Rows, Section
from mailcore.notices.rendering.sections import (
    FRAME_LIMIT,
    LINE_LIMIT,
    LOCALS_LIMIT,
    LOG_LIMIT,
    context_of,
    details_of,
    place_of,
)
from tests.unit.notices.rendering.samples import OWN, PYTHON, failure, of, read_line


def section(title: str, *failures: Failure, **fields: object) -> Section:
    sections = details_of(of(*failures, **fields), read_line)
    return next(one for one in sections if one.title.startswith(title))


def lines(title: str, *failures: Failure, **fields: object) -> list[str]:
    match section(title, *failures, **fields):
        case Code(_, code):
            return [line.text for line in code]
        case Prose(_, prose):
            return list(prose)
        case Rows(_, rows):
            return [f"{name}: {value}" for name, value in rows]


def titles(*failures: Failure, **fields: object) -> list[str]:
    return [one.title for one in details_of(of(*failures, **fields), read_line)]


def test_the_place_has_the_lines_around_it_and_marks_the_one_that_failed() -> None:
    [place] = place_of(of(), read_line)
    assert isinstance(place, Code)
    assert place.caption == ("Spider.parse_item, line 3", "/home/me/shop/spider.py")
    assert [line.text for line in place.lines] == [
        "     1  def parse_item(page):",
        "     2      # read",
        ">    3      price(page)",
    ]
    assert [line.is_marked for line in place.lines] == [False, False, True]


def test_the_indentation_that_all_lines_have_is_left_out() -> None:
    [place] = place_of(of(), lambda _, number: f"        line {number}\n")
    assert isinstance(place, Code)
    assert place.lines[0].text == "     1  line 1"


def test_a_place_without_source_is_named_all_the_same() -> None:
    [place] = place_of(of(failure(frames=(Frame("<string>", 1, "f"),))), read_line)
    assert place == Code("Where", (), caption=("f, line 1", "<string>"))
    assert list(place_of(of(failure(frames=())), read_line)) == []


def test_a_line_of_a_megabyte_is_cut() -> None:
    [place] = place_of(of(), lambda *_: " " * 1_000_000 + "x" * 1_000_000)
    assert isinstance(place, Code)
    assert all(len(line.text) < 10_000 for line in place.lines)


def test_the_context_says_whose_it_is() -> None:
    snapshot = of(context=(("url", "'x'"),))
    assert list(context_of(snapshot, is_of_first=False)) == [Rows("Context", (("url", "'x'"),))]
    assert next(context_of(snapshot, is_of_first=True)).title == "Context of the first"
    assert list(context_of(of(), is_of_first=False)) == []


def test_a_message_that_the_heading_holds_is_not_repeated() -> None:
    assert "Message" not in titles(failure("short"))
    assert lines("Message", failure("several\nlines")) == ["several", "lines"]
    assert lines("Message", failure("x" * 500)) == ["x" * 500]


def test_causes_are_told_with_their_notes_and_places() -> None:
    cause = failure("cause", relation="cause", notes=("try later",))
    assert lines("Caused by", failure(), cause) == [
        "ValueError: cause",
        "try later",
        "in Spider.parse_item, line 3 of /home/me/shop/spider.py",
    ]
    assert lines("While handling", failure(), failure("other", relation="context"))


def test_members_are_told_by_kind_with_their_counts() -> None:
    inner = failure("inner", members=(failure("deep", times=2),))
    group = failure("group", members=(failure("member", times=37), inner), members_left_out=7)
    where = ", in Spider.parse_item, line 3"
    assert lines("Members", group) == [
        f"37 × ValueError: member{where}",
        f"ValueError: inner{where}",
        f"  2 × ValueError: deep{where}",
        "… 7 more",
    ]


def test_notes_are_told_and_cut() -> None:
    assert lines("Notes", failure(notes=("a", "b\nc"))) == ["a", "b", "c"]
    long = lines("Notes", failure(notes=("x\n" * 500,)))
    assert long == ["x"] * LINE_LIMIT + [f"… {500 - LINE_LIMIT} more lines"]


def test_variables_are_told_by_frame_the_innermost_first() -> None:
    outer = OWN._replace(function="main", locals=(("n", "1"),))
    inner = OWN._replace(locals=(("url", "'x'"),), locals_left_out=4)
    sections = list(details_of(of(failure(frames=(outer, inner, PYTHON))), read_line))
    assert sections[:2] == [
        Rows("Locals of Spider.parse_item, line 3", (("url", "'x'"), ("…", "4 more variables"))),
        Rows("Locals of main, line 3", (("n", "1"),)),
    ]


def test_variables_of_only_so_many_frames_are_told() -> None:
    frames = (OWN._replace(locals=(("n", "1"),)),) * 40
    assert len([one for one in titles(failure(frames=frames)) if "Locals" in one]) == LOCALS_LIMIT


def test_the_log_is_its_last_lines() -> None:
    assert lines("Log", log_tail=("a", "b\nc")) == ["a", "b", "c"]
    log = lines("Log", log_tail=tuple(f"line {number}" for number in range(500)))
    assert log[0] == f"… {500 - LOG_LIMIT} lines before"
    assert (log[1], log[-1]) == (f"line {500 - LOG_LIMIT}", "line 499")


def test_the_traceback_shows_source_and_what_was_raised_first_at_the_top() -> None:
    traceback = lines("Traceback", failure("last"), failure("first", relation="context"))
    assert traceback[:4] == [
        '  File "/home/me/shop/spider.py", line 3, in Spider.parse_item',
        "    price(page)",
        f'  File "{PYTHON.path}", line 80, in xpath',
        "ValueError: first",
    ]
    assert traceback[4] == ""
    assert traceback[-1] == "ValueError: last"


def test_the_programs_own_frames_stand_out_in_a_traceback() -> None:
    traceback = section("Traceback", failure())
    assert isinstance(traceback, Code)
    assert [line.is_marked for line in traceback.lines] == [True, False, False, False]


def test_a_recursion_is_told_as_such() -> None:
    traceback = lines("Traceback", failure(frames=(OWN,) * 20))
    assert traceback[2:] == ["  … 19 more times the same", "ValueError: no price"]


def test_frames_that_are_left_out_are_counted_in_the_middle() -> None:
    frames = tuple(Frame("a.py", number, "f") for number in range(40))
    traceback = lines("Traceback", failure(frames=frames, frames_left_out=460))
    assert traceback[20] == "  … 460 frames left out"
    assert len(traceback) == 42


def test_a_long_chain_shows_fewer_frames_of_each() -> None:
    frames = tuple(Frame("a.py", number, "f") for number in range(40))
    traceback = lines("Traceback", *[failure(frames=frames)] * 8)
    assert sum('File "a.py"' in line for line in traceback) <= FRAME_LIMIT
    assert "  … 33 frames left out" in traceback


def test_members_are_in_the_traceback_with_their_innermost_frames() -> None:
    member = failure("member", frames=(PYTHON,) * 3 + (OWN,), times=2)
    assert lines("Traceback", failure(frames=(), members=(member,))) == [
        "ValueError: no price",
        "  |   … 1 frames left out",
        f'  |   File "{PYTHON.path}", line 80, in xpath',
        "  |   … 1 more times the same",
        '  |   File "/home/me/shop/spider.py", line 3, in Spider.parse_item',
        "  |     price(page)",
        "  | ValueError: member",
        "  | (2 times)",
    ]


def test_what_was_never_raised_has_no_traceback() -> None:
    assert titles(Failure("", "disk nearly full")) == []


def test_own_lines_are_read_by_path_and_number(tmp_path: Path) -> None:
    asked: list[tuple[str, int]] = []

    def read(path: str, number: int) -> str:
        asked.append((path, number))
        return ""

    list(place_of(of(failure(frames=(Frame(str(tmp_path), 1, "f"),))), read))
    assert asked == [(str(tmp_path), number) for number in (1, 2, 3)]
