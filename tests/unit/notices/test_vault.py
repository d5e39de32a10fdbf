"""The secrets near an issue are masked in all its mails."""

from mailcore import Message, Password, SMTPTransport
from mailcore.notices.counting.table import Batch, Report
from mailcore.notices.exceptions.snapshot import Failure, Snapshot
from mailcore.notices.scrubbing import Harvest, Scrubber
from mailcore.notices.vault import KEPT_LIMIT, REMEMBERED_LIMIT, Vault

SNAPSHOT = Snapshot((Failure("ValueError", "no price"),))
BATCH = Batch((Report("aa", SNAPSHOT, 0, 0, new=1, total=1, is_first=True),))


def message(text: str) -> Message:
    return Message(from_="b@example.org", to="o@example.org", subject="x", text=text)


def harvest_of(**values: object) -> Harvest:
    return Scrubber().harvest(values)


def test_secrets_near_an_issue_are_masked_in_its_mail() -> None:
    vault = Vault(Scrubber(), {})
    vault.keep("aa", harvest_of(password="hunter2-and-more"))
    assert "hunter2" not in (vault.scrub(message("is hunter2-and-more"), BATCH).text or "")


def test_those_of_another_issue_are_not() -> None:
    vault = Vault(Scrubber(), {})
    vault.keep("bb", harvest_of(password="hunter2-and-more"))
    assert vault.scrub(message("is hunter2-and-more"), BATCH).text == "is hunter2-and-more"


def test_the_oldest_are_forgotten_beyond_the_limit() -> None:
    vault = Vault(Scrubber(), {})
    for number in range(KEPT_LIMIT + 1):
        vault.keep(f"{number}", harvest_of(password="hunter2-and-more"))
    assert (vault.knows("0"), vault.knows("1"), vault.knows(f"{KEPT_LIMIT}")) == (False, True, True)


def test_mailcores_own_are_always_masked() -> None:
    transport = SMTPTransport("mail.example.org", auth=Password("bot", "correct horse"))
    vault = Vault(Scrubber(), {"transport": transport})
    assert "correct horse" not in (vault.scrub(message("is correct horse"), BATCH).text or "")


def test_what_was_found_before_is_remembered_for_the_log() -> None:
    vault = Vault(Scrubber(environment=False), {})
    vault.keep("aa", harvest_of(password="hunter2-and-more"))
    now = vault.keep("bb", harvest_of(password="swordfish"))
    assert vault.with_earlier(now).mask("hunter2-and-more swordfish") == "*** ***"


def test_the_last_ones_are_remembered_and_those_of_now_always() -> None:
    vault = Vault(Scrubber(environment=False), {})
    for number in range(REMEMBERED_LIMIT + 1):
        vault.keep(f"{number}", Harvest([f"hunter2-{number:04}"]))
    remembered = vault.with_earlier(Harvest(["swordfish"]))
    last = f"hunter2-{REMEMBERED_LIMIT:04}"
    assert remembered.mask(f"hunter2-0000 {last} swordfish") == "hunter2-0000 *** ***"
    many = vault.keep("many", Harvest(f"hunter3-{n:04}" for n in range(2 * REMEMBERED_LIMIT)))
    assert many <= vault.with_earlier(Harvest())
