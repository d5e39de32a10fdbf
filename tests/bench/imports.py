"""What importing adds to a bare interpreter."""

import subprocess
import sys
from functools import partial

from tests.bench.table import measure

__all__ = ["imports"]


def imports() -> None:
    """Print the rows."""
    measure(
        "python -c 'import mailcore'",
        partial(run, "import mailcore"),
        partial(run, "pass"),
        "a bare python",
        calls=5,
    )
    measure(
        "from mailcore import Message, SMTPTransport",
        partial(run, "from mailcore import Message, SMTPTransport"),
        partial(run, "from email.message import EmailMessage; import smtplib"),
        "email, smtplib",
        calls=3,
    )


def run(statement: str) -> None:
    """Run a statement in a new interpreter."""
    subprocess.run([sys.executable, "-c", statement], check=True)
