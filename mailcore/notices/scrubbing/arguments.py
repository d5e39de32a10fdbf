"""Secrets in the words of a command: behind options, in assignments, and in scripts for a shell."""

import re
import shlex
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from mailcore.notices.scrubbing.names import as_text

__all__ = ["is_command", "secrets_of_arguments", "words_of"]

WORD_LIMIT = 1000
"""Words of a command that are looked at."""
SCRIPT_LIMIT = 10_000
"""Characters of a command line, or of a script for a shell, that are looked at."""

_COMMANDS = frozenset({"command", "cmd", "cmdline", "command_line", "argv", "args"})
_SEPARATORS = frozenset(";&|()<>")
_PORT = re.compile(r"\d{1,5}")
_VARIABLE = re.compile(r"\$\{?[A-Z_][A-Z0-9_]*\}?")
_LOGIN = re.compile(r"[^:%/]*[:%](?!//)(.+)", re.DOTALL)
_MADE_UP = re.compile(r"(?=.*[A-Za-z])(?=.*[\d!#%^&*+?@])[^/:.,=\s]{6,}")
_LOGIN_OPTIONS = frozenset({"-u", "-U", "--user", "--proxy-user"})
_HEADER_OPTIONS = frozenset({"-H", "--header", "--proxy-header"})
_OPTION_OF_LETTER = 2  # characters of -p

#: Options of one letter that programs take a password by; for the others, see `_OFTEN`.
_PASSWORD_OPTIONS = {
    program: letters
    for letters, programs in {
        "p": "sshpass mongo mongosh mongodump mongorestore mongoexport mongoimport cqlsh rabbitmqadmin"
        " 7z 7za 7zr rar unrar ncftpput ncftpget login",
        "P": "sqlcmd bcp zip unzip ipmitool mosquitto_pub mosquitto_sub",
        "a": "redis-cli valkey-cli",
        "k": "openssl",
        "w": "ldapsearch ldapadd ldapmodify ldapdelete ldappasswd ldapwhoami",
        "AX": "snmpget snmpwalk snmpset snmpbulkwalk",
        "": "cp createdb curl docker dropdb find git grep gzip install kubectl ls lsof make mkdir nc nmap"
        " pg_dump pg_restore podman ps psql pytest python python3 rsync scp sftp sort ssh tar tee touch",
    }.items()
    for program in programs.split()
}
#: Those that take it by -p only where it is in one word with it: what follows it is a database.
_JOINED = frozenset(
    {
        "mariabackup",
        "mariadb",
        "mariadb-admin",
        "mariadb-check",
        "mariadb-dump",
        "mariadb-import",
        "mysql",
        "mysqladmin",
        "mysqlcheck",
        "mysqldump",
        "mysqlimport",
        "mysqlsh",
        "mysqlshow",
        "xtrabackup",
    }
)
_OFTEN = "pak"  # of programs that are not known


def is_command(name: object) -> bool:
    """Tell whether what is of this name may be a command, as text or in words."""
    return type(name) is str and name in _COMMANDS


def words_of(line: str) -> list[str]:
    """Give the words of a command line or a script, as a shell would, whatever is wrong with it."""
    line = line[:SCRIPT_LIMIT].replace("\n", " ;\n")
    parser = shlex.shlex(line, posix=True, punctuation_chars=True)
    parser.whitespace_split = True
    parser.commenters = ""
    try:
        return list(parser)
    except ValueError:  # a quotation without end
        return [word.strip("\"'") for word in line.split()]


def secrets_of_arguments(arguments: Iterable[object]) -> Iterator[tuple[str, str]]:
    """Give what options, assignments and headers hold, by their names: `--password S`, `-u user:S`.

    What is a secret for sure is given by the name "secret". A word of several is a script, perhaps.
    """
    words = [text for text in map(as_text, islice(arguments, WORD_LIMIT)) if text]
    yield from _secrets_of_words(words)
    for word in words:
        if any(map(str.isspace, word[:SCRIPT_LIMIT])):
            yield from _secrets_of_words(words_of(word))


def _secrets_of_words(words: list[str]) -> Iterator[tuple[str, str]]:
    program = ""
    for word, following in pairwise([*words, ""]):
        if _SEPARATORS.issuperset(word):
            program = ""
        elif word.startswith("-"):
            yield from _secrets_of_option(word, following, program)
        elif "://" in word:
            yield "", word
        elif "=" in word:
            name, _, value = word.partition("=")
            yield (name if name.isidentifier() else ""), value
        else:
            name = word.rpartition("/")[2]
            program = name if name in _PASSWORD_OPTIONS or name in _JOINED else program


def _secrets_of_option(option: str, following: str, program: str) -> Iterator[tuple[str, str]]:
    """Give what an option holds: behind "=", in the next word, or in one word with its letter."""
    if _VARIABLE.fullmatch(following) or _SEPARATORS.issuperset(following):
        following = ""
    name, is_assigned, value = option.partition("=")
    if is_assigned:
        yield from _named(name, value)
    elif following and not following.startswith("--"):
        yield from _named(name, following)
    letter, joined = option[1:_OPTION_OF_LETTER], option[_OPTION_OF_LETTER:]
    if letter in {"u", "U"} and (login := _LOGIN.fullmatch(joined)):
        yield "secret", login[1]
    if joined and _takes_password(program, letter, joined, is_joined=True):
        yield "secret", joined
    if not joined and _takes_password(program, letter, following, is_joined=False):
        yield "secret", following


def _named(option: str, value: str) -> Iterator[tuple[str, str]]:
    if option in _LOGIN_OPTIONS:
        if login := _LOGIN.fullmatch(value):
            yield "secret", login[1]
    elif option in _HEADER_OPTIONS:
        name, _, content = value.partition(":")
        yield name, content.strip()
    elif value.startswith("pass:"):  # of openssl
        yield "secret", value.removeprefix("pass:")
    else:
        yield option.strip("-"), value


def _takes_password(program: str, letter: str, value: str, *, is_joined: bool) -> bool:
    """Tell whether it is a password that stands behind an option of one letter, and no port or path."""
    if not letter.isalpha() or _PORT.fullmatch(value) or _VARIABLE.fullmatch(value):
        return False
    if letter in _PASSWORD_OPTIONS.get(program, ""):
        return True
    if is_joined and letter == "p" and program in _JOINED:
        return True
    often = "p" if is_joined else _OFTEN
    return program not in _PASSWORD_OPTIONS and letter in often and bool(_MADE_UP.fullmatch(value))
