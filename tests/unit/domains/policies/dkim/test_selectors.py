"""Selectors are guessed from who has a domain's mailboxes and who sends for it."""

import re

import pytest

from mailcore.domains.policies.dkim.selectors import COMMON, PROVIDERS, Provider, guess_selectors


def test_who_has_the_mailboxes_comes_first_then_senders_then_common_ones() -> None:
    found = guess_selectors(["aspmx.l.google.com"], ["sendgrid.net", "spf.mailjet.com"])
    assert found[:4] == ["google", "s1", "s2", "mailjet"]
    assert {*COMMON} <= {*found}
    assert len(found) == len({*found})


def test_a_name_is_known_by_whole_labels() -> None:
    assert guess_selectors(["mx.notgoogle.com", "google.com.example"], []) == [*COMMON]


def test_nothing_is_guessed_of_who_makes_up_selectors() -> None:
    assert guess_selectors(["inbound-smtp.us-east-1.amazonaws.com"], ["amazonses.com"]) == [*COMMON]


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_the_table_has_names_in_their_one_form(provider: Provider) -> None:
    assert provider.exchanges or provider.includes
    for name in (*provider.exchanges, *provider.includes):
        assert re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+", name)
    for selector in provider.selectors:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", selector)
