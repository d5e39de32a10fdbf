"""What is written fits, and says what it leaves out."""

from hypothesis import given
from hypothesis import strategies as st

from mailcore.notices.rendering.fitting import NOTICE_ROOM, Part, fit, fit_evenly, octets


def say_cut(count: int) -> str:
    return f"… {count} more\n"


def part(name: str, count: int, size: int = 9) -> Part:
    return Part(f"{name}\n", (f"{'x' * size}\n" for _ in range(count)), count, "\n")


def test_what_fits_is_written_whole() -> None:
    assert fit([part("A", 2), part("B", 1)], 1000, say_cut) == (
        "A\nxxxxxxxxx\nxxxxxxxxx\n\nB\nxxxxxxxxx\n\n"
    )


def test_what_is_cut_says_how_much_is_missing() -> None:
    whole = fit([part("A", 1000)], 1000, say_cut)
    written = whole.count("xxxxxxxxx\n")
    assert 0 < written < 1000
    assert whole.endswith(f"… {1000 - written} more\n")


def test_a_long_section_leaves_room_for_those_after_it() -> None:
    whole = fit([part("A", 1000), part("B", 3)], 2000, say_cut)
    assert "more\nB\nxxxxxxxxx\nxxxxxxxxx\nxxxxxxxxx\n" in whole


def test_sections_without_room_are_counted_at_the_end() -> None:
    whole = fit([part("A", 1), part("B", 7, size=5000), part("C", 1)], 1500, say_cut)
    assert whole == "A\nxxxxxxxxx\n\nC\nxxxxxxxxx\n\n… 7 more\n"


def test_pieces_beyond_the_room_are_not_even_written() -> None:
    written = []

    def write(number: int) -> str:
        written.append(number)
        return "x" * 100

    fit([Part("", map(write, range(10_000)), 10_000, "")], 1000, say_cut)
    assert len(written) < 10


def test_stories_share_alike_and_pass_on_what_they_do_not_need() -> None:
    whole = fit_evenly([[part("A", 9)], [part("B", 9999)], [part("C", 9999)]], 30_000, say_cut)
    first, _, rest = whole.partition("B\n")
    b, _, c = rest.partition("C\n")
    assert "more" not in first
    assert abs(octets(b) - octets(c)) < 1000
    assert octets(b) > 13_000


def test_stories_that_would_have_too_little_room_are_counted() -> None:
    whole = fit_evenly([[part(str(number), 200)] for number in range(100)], 8000, say_cut)
    assert whole.count("xxxxxxxxx") > 4 * 100
    assert whole.endswith(f"… {96 * 200} more\n")


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 500)), max_size=8),
    st.integers(NOTICE_ROOM, 9000),
)
def test_nothing_exceeds_its_room(sizes: list[tuple[int, int]], room: int) -> None:
    def parts() -> list[Part]:
        return [part("title", count, size) for count, size in sizes]

    assert octets(fit(parts(), room, say_cut)) <= room
    assert octets(fit_evenly([parts(), parts()], 2 * room, say_cut)) <= 2 * room


def test_sizes_are_octets() -> None:
    assert [octets("ab"), octets("ä"), octets("价"), octets("😀")] == [2, 2, 3, 4]
