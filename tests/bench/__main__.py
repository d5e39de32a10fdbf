"""Ratios against the standard library, in one run: `python -m tests.bench [compose|parse|send|domains|notices|imports]…`.

Absolute times differ between machines and hours; a ratio of medians, taken in turns in one process,
holds. Nothing here is a test: no time ever fails one.
"""

import sys

from tests.bench.compose import compose
from tests.bench.domains import domains
from tests.bench.imports import imports
from tests.bench.notices import notices
from tests.bench.parse import parse
from tests.bench.send import send
from tests.bench.table import heading

SUBJECTS = {
    "compose": compose,
    "parse": parse,
    "send": send,
    "domains": domains,
    "notices": notices,
    "imports": imports,
}

heading()
for subject in sys.argv[1:] or SUBJECTS:
    SUBJECTS[subject]()
