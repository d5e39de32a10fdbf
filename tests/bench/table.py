"""One row of the table: two jobs in turns, and how many times faster, or smaller, ours is."""

import statistics
import time
import tracemalloc
from collections.abc import Callable

__all__ = ["Job", "heading", "measure", "measure_memory"]

ROUNDS = 7

Job = Callable[[], object]


def heading() -> None:
    """Print what the columns are."""
    print(f"{'job':<46} {'mailcore':>13} {'peer':>13}  {'ratio':>7}  peer")


def measure(what: str, ours: Job, theirs: Job, peer: str, *, calls: int = 100) -> None:
    """Time both, and print a row: the ratio is of the medians' times."""
    mine: list[float] = []
    others: list[float] = []
    for _ in range(ROUNDS):
        for job, times in ((ours, mine), (theirs, others)):
            begun = time.perf_counter()
            for _ in range(calls):
                job()
            times.append((time.perf_counter() - begun) / calls)
    ratio = statistics.median(b / a for a, b in zip(mine, others, strict=True))
    cells = [f"{statistics.median(times) * 1e6:10.1f} µs" for times in (mine, others)]
    _row(what, cells, ratio, peer)


def measure_memory(what: str, ours: Job, theirs: Job, peer: str) -> None:
    """Print a row of what each job allocated at its peak."""
    peaks = [_peak(job) for job in (ours, theirs)]
    cells = [f"{peak / 1024:9,.0f} KiB" for peak in peaks]
    _row(what, cells, peaks[1] / peaks[0], peer)


def _peak(job: Job) -> int:
    job()  # what is loaded once is not the job's
    tracemalloc.start()
    job()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _row(what: str, cells: list[str], ratio: float, peer: str) -> None:
    print(f"{what:<46} {cells[0]:>13} {cells[1]:>13}  {ratio:6.1f}x  {peer}")
