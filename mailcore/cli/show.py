"""`mailcore show FILE`: a mail in the terminal, from a file of its own, an mbox or a Maildir."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader, BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Any

from mailcore.errors import ConfigurationError
from mailcore.message import Part, ReceivedMessage, parse
from mailcore.message.showing.preview import preview
from mailcore.message.showing.summary import disarm, spell_defect, spell_number
from mailcore.message.showing.terminal import describe
from mailcore.message.stores.files import read_file
from mailcore.message.stores.maildir import read_maildir
from mailcore.message.stores.mbox import is_mbox, read_mbox

__all__ = ["add_command"]

GOOD, NOT_GOOD = 0, 1


def add_command(commands: Any) -> None:
    """Tell the parser about `show`."""
    parser = commands.add_parser(
        "show",
        help="show a mail from a file, an mbox or a Maildir",
        description="Show a mail: its main fields, its text, its files, and what is wrong with it. Of an"
        " mbox or a Maildir that has several, show a list. With --defects the exit code is 1 where"
        " there are any.",
    )
    parser.add_argument("file", metavar="FILE", help="a mail, an mbox or a Maildir; - is stdin")
    parser.add_argument(
        "--message", metavar="N", type=int, help="the mail of this number in the list"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--headers", action="store_true", help="show every header field, as text")
    what.add_argument("--part", metavar="NUMBER", help="write the content of a part, such as 1.2")
    what.add_argument("--html", action="store_true", help="write a page to open in a browser")
    what.add_argument("--save", metavar="DIR", type=Path, help="save the attachments in a folder")
    what.add_argument(
        "--defects", action="store_true", help="show only what is wrong with the mail"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show what is asked for."""
    try:
        return _show_file(arguments)
    except BrokenPipeError:
        raise  # that is about whom we write to
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or arguments.file}: {error.strerror or error}"
        ) from None


def _show_file(arguments: argparse.Namespace) -> int:
    mails = _read(arguments.file)
    if arguments.message is not None:
        return _show(_choose(mails, arguments.message), arguments)
    beginning = list(islice(mails, 2))
    if len(beginning) == 1:
        return _show(beginning[0], arguments)
    if any((arguments.headers, arguments.part, arguments.html, arguments.save, arguments.defects)):
        raise ConfigurationError("there is not just one mail: say which, as --message 1")
    for number, mail in enumerate(chain(beginning, mails), 1):
        print(_spell_row(number, mail))
    return GOOD


def _read(file: str) -> Iterator[ReceivedMessage]:
    """Give the mails of whatever the name stands for."""
    if file == "-":
        yield from _read_stream(BufferedReader(BytesIO(read_file(sys.stdin.buffer))))
    elif Path(file).is_dir():
        for item in read_maildir(file):
            with suppress(FileNotFoundError):  # gone since it was listed
                yield item.read()
    else:
        with Path(file).open("rb") as stream:
            yield from _read_stream(stream)


def _read_stream(stream: BufferedReader) -> Iterator[ReceivedMessage]:
    if is_mbox(stream.peek()):
        yield from read_mbox(stream)
    else:
        yield parse(read_file(stream))


def _choose(mails: Iterator[ReceivedMessage], number: int) -> ReceivedMessage:
    mail = next(islice(mails, number - 1, None), None) if number > 0 else None
    if mail is None:
        raise ConfigurationError(f"there is no mail number {number}")
    return mail


def _show(mail: ReceivedMessage, arguments: argparse.Namespace) -> int:
    """Show of one mail what is asked for."""
    if arguments.html:
        _write(preview(mail).encode())
    elif arguments.part is not None:
        _write(_find_part(mail, arguments.part).content)
    elif arguments.save is not None:
        arguments.save.mkdir(parents=True, exist_ok=True)
        for part in mail.attachments:
            print(part.save(arguments.save))
    elif arguments.headers:
        for name, value in mail.headers.items():
            print(f"{name}: {disarm(value)}")
    elif arguments.defects:
        return _show_defects(mail)
    else:
        print(describe(mail), end="")
    return GOOD


def _show_defects(mail: ReceivedMessage) -> int:
    defects = mail.defects
    for defect in defects:
        print(spell_defect(defect))
    return NOT_GOOD if defects else GOOD


def _find_part(mail: ReceivedMessage, number: str) -> Part:
    for part in mail.walk():
        for each in (part, *part.files):
            if spell_number(each) == number:
                return each
    raise ConfigurationError(f"the mail has no part {number!r}")


def _spell_row(number: int, mail: ReceivedMessage) -> str:
    """Give a mail's line in the list."""
    date = mail.date.strftime("%Y-%m-%d %H:%M") if mail.date else ""
    author = mail.from_.name or mail.from_.email if mail.from_ else ""
    return f"{number:>5}  {date:<16}  {disarm(author)}: {disarm(mail.subject or '')}"


def _write(octets: bytes) -> None:
    sys.stdout.buffer.write(octets)
