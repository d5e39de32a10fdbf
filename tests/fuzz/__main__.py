"""Feed the parser what atheris makes of the corpora: `python -m tests.fuzz [SECONDS] [FOLDER]…`.

It ends with an error, and the input in a file of its own, as soon as anything raises. atheris follows
which lines of the parser an input reaches, and changes those that reach new ones.
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path

atheris = import_module("atheris")  # which is not needed for anything else, and has no types

with atheris.instrument_imports(include=["mailcore.message.reading", "mailcore.message.received"]):
    from tests.reading import read_everything

SECONDS = 60
LONGEST = 20_000  # octets of an input
CORPUS = Path(__file__).parents[2].parent / "shared" / "corpora" / "mime"


def main() -> None:
    """Fuzz for so many seconds, from what is in the folders."""
    seconds, *folders = sys.argv[1:] or [str(SECONDS)]
    with tempfile.TemporaryDirectory() as seeds:
        sources = map(Path, folders or [str(CORPUS)])
        files = (path for source in sources for path in source.rglob("*.eml"))
        for number, path in enumerate(files):
            (Path(seeds) / str(number)).write_bytes(path.read_bytes()[:LONGEST])
        options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-timeout=20", seeds]
        atheris.Setup([sys.argv[0], *options], read_everything)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
