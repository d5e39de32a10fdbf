"""What is secret in a command is found where programs take it, and ports and paths are not."""

import pytest

from mailcore.notices.scrubbing.arguments import (
    SCRIPT_LIMIT,
    is_command,
    secrets_of_arguments,
    words_of,
)
from mailcore.notices.scrubbing.names import SECRET_NAMES


def found(*words: object) -> set[str]:
    """Give what is found under a secret name."""
    return {value for name, value in secrets_of_arguments(words) if name in SECRET_NAMES}


def test_what_stands_behind_options_has_their_names() -> None:
    arguments = ["crawl", "--password", "swordfish", "-u", "bot:opensesame", "--depth", "3", "page"]
    assert list(secrets_of_arguments(arguments)) == [
        ("password", "swordfish"),
        ("secret", "opensesame"),
        ("depth", "3"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "mysql -uroot -pswordfish",
        "/usr/bin/mysqldump -u root -pswordfish shop",
        "sudo -n mysql -pswordfish",
        "sshpass -p swordfish ssh host",
        "sshpass -pswordfish ssh host",
        "redis-cli -h cache -a swordfish ping",
        "docker login -u bot -p swordfish registry.example",
        "ldapsearch -w swordfish",
        "openssl enc -k swordfish",
        "openssl rsa -passin pass:swordfish",
        "curl -u bob:swordfish https://x.example/",
        "curl -ubob:swordfish https://x.example/",
        "curl --user bob:swordfish x",
        "curl -u :swordfish x",
        "curl --user=bob:swordfish x",
        "curl -U bob:swordfish x",
        "curl --proxy-user bob:swordfish x",
        "smbclient -U bob%swordfish //host/share",
        "curl -H 'X-Api-Key: swordfish' x",
        "backup --password=swordfish",
        "backup --db-password swordfish",
        "env PGPASSWORD=swordfish psql",
        "sh -c 'mysql -pswordfish; exit 1'",
        "bash -lc 'curl -u bob:swordfish x && echo done'",
        "sh -c 'cd /srv; PGPASSWORD=swordfish psql|cat'",
    ],
)
def test_secrets_are_found_in(line: str) -> None:
    assert found(*words_of(line)) == {"swordfish"}


@pytest.mark.parametrize("line", ["backup -pHunter22", "backup -p Hunter22", "backup -a Hunter22"])
def test_of_an_unknown_program_what_looks_made_up_is_a_password(line: str) -> None:
    assert found(*words_of(line)) == {"Hunter22"}


@pytest.mark.parametrize(
    "line",
    [
        "serve -p 8080",
        "serve -p8080",
        "ssh -p 22 host",
        "sshpass -p 22 x",
        "mysql -u root -p shop",
        "mkdir -p /srv/shop2024",
        "mkdir -p backup2024",
        "cp -a backup2024 /srv",
        "sudo mysql -u root; mkdir -p backup2024",
        "gcc -pthread -pedantic",
        "find . -print0",
        "pytest -p no:cacheprovider",
        "docker run -p 80:8080 --user app shop",
        "curl -u bob https://x.example/",
        "sqlmap -u https://x.example/",
        "mysql -p$DB_PASSWORD",
        "curl --password ${DB_PASSWORD} x",
        "install --ask-pass --become",
        "sh -c 'mkdir -p backup2024'",
    ],
)
def test_nothing_is_found_in(line: str) -> None:
    assert found(*words_of(line)) == set()


def test_urls_are_given_to_be_searched() -> None:
    url = "ftp://bob:swordfish@host/"
    assert list(secrets_of_arguments(["fetch", url])) == [("", url)]


def test_a_script_of_several_lines_is_one_command_each() -> None:
    assert found("sh", "-c", "mysql -uroot\nmkdir -p /srv/shop1\nmysql -pswordfish\n") == {
        "swordfish"
    }


def test_a_quotation_without_end_does_no_harm() -> None:
    assert found(*words_of("echo it's; backup --password swordfish")) == {"swordfish"}


def test_words_can_be_octets_and_what_is_no_text_is_left_out() -> None:
    assert found(b"mysql", None, b"-pswordfish", 7) == {"swordfish"}


def test_a_huge_script_is_cut() -> None:
    assert sum(map(len, words_of("x " * 10 * SCRIPT_LIMIT))) <= SCRIPT_LIMIT


def test_commands_are_known_by_their_names() -> None:
    assert all(map(is_command, ("cmd", "argv", "command")))
    assert not any(map(is_command, ("commander", None, 7)))
