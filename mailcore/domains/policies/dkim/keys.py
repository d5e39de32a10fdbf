"""What keeps a DKIM key from being used, or should (RFC 6376, RFC 8301, RFC 8463)."""

from collections.abc import Iterator

from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.records.dkim import DKIMRecord

__all__ = ["judge_keys"]

KEY_BITS = 1024  # fewer must not be used, RFC 8301 3.2
GOOD_KEY_BITS = 2048  # fewer should not be used, as above
KEY_BITS_LIMIT = 4096  # verifiers need not take more, as above

SEVERAL = Kind(
    "dkim.several",
    Severity.ERROR,
    "there are {count} TXT records, and a verifier takes any one of them",
    "Keep the key that the mail server signs with; a further key needs a selector of its own.",
    "RFC 6376 3.6.2.2",
)
SYNTAX = Kind(
    "dkim.syntax",
    Severity.ERROR,
    "the key cannot be used: {problem}",
    "Publish the record again, as the mail server's tool gives it.",
    "RFC 6376 3.6.1",
)
REVOKED = Kind(
    "dkim.revoked",
    Severity.ERROR,
    "the key is revoked: mail that is signed with it fails",
    "Have the servers sign with another selector, or give the one that they sign with.",
    "RFC 6376 3.6.1",
)
RETIRED = Kind(
    "dkim.retired",
    Severity.INFO,
    "the key is revoked, as are those that are not used any more",
    "Nothing has to be done, if no server signs with this selector.",
    "RFC 6376 3.6.1",
)
KEY_TYPE = Kind(
    "dkim.key-type",
    Severity.ERROR,
    "verifiers do not know the key type {key_type}",
    "Use k=rsa or k=ed25519.",
    "RFC 8463 4.2",
)
KEY_SHORT = Kind(
    "dkim.key-short",
    Severity.ERROR,
    "an RSA key of {bits} bits is not accepted",
    "Make a key of 2048 bits, under a new selector.",
    "RFC 8301 3.2",
)
KEY_WEAK = Kind(
    "dkim.key-weak",
    Severity.WARNING,
    "an RSA key of {bits} bits is weak",
    "Make a key of 2048 bits, under a new selector.",
    "RFC 8301 3.2",
)
KEY_LARGE = Kind(
    "dkim.key-large",
    Severity.WARNING,
    "an RSA key of {bits} bits is more than every verifier takes",
    "Make a key of 2048 bits, under a new selector.",
    "RFC 8301 3.2",
)
HASH = Kind(
    "dkim.hash",
    Severity.ERROR,
    "the key is only for {hashes}, and verifiers take only sha256",
    "Remove h=, or write h=sha256.",
    "RFC 8301 3.1",
)
SERVICE = Kind(
    "dkim.service",
    Severity.ERROR,
    "the key is for {services}, not for mail",
    "Remove s=, or write s=email.",
    "RFC 6376 3.6.1",
)
TESTING = Kind(
    "dkim.testing",
    Severity.NOTICE,
    "the domain is only testing DKIM: receivers may treat its mail as unsigned",
    "Remove t=y when signing works.",
    "RFC 6376 3.6.1",
)
STRICT = Kind(
    "dkim.strict",
    Severity.INFO,
    "t=s: a signature that names a subdomain (i=) is not accepted",
    "Nothing has to be done, unless mail from subdomains is signed with this key.",
    "RFC 6376 3.6.1",
)


def judge_keys(name: str, records: list[DKIMRecord], *, is_used: bool) -> Iterator[Finding]:
    """Find what is wrong with the records of one selector, of which it may be known that it `is_used`."""
    if len(records) > 1:
        yield SEVERAL.at(name, count=len(records))
    for record in records:
        if record.is_revoked:
            yield (REVOKED if is_used else RETIRED).at(name)
        yield from _judge_record(name, record)


def _judge_record(name: str, record: DKIMRecord) -> Iterator[Finding]:
    """Find what keeps a key from being used, or should."""
    for fault in record.faults:
        yield SYNTAX.at(name, problem=fault.message, span=fault.span)
    if record.key_type not in {"rsa", "ed25519"}:
        yield KEY_TYPE.at(name, key_type=record.key_type)
    if record.key_type == "rsa" and record.bits is not None:
        yield from _judge_size(name, record.bits)
    if record.hashes is not None and "sha256" not in record.hashes:
        yield HASH.at(name, hashes=", ".join(record.hashes) or "no hash")
    if not record.is_for_mail:
        yield SERVICE.at(name, services=", ".join(record.services) or "nothing")
    if record.is_testing:
        yield TESTING.at(name)
    if "s" in record.flags:
        yield STRICT.at(name)


def _judge_size(name: str, bits: int) -> Iterator[Finding]:
    """Compare the size of an RSA key with what verifiers take."""
    if bits < KEY_BITS:
        yield KEY_SHORT.at(name, bits=bits)
    elif bits < GOOD_KEY_BITS:
        yield KEY_WEAK.at(name, bits=bits)
    elif bits > KEY_BITS_LIMIT:
        yield KEY_LARGE.at(name, bits=bits)
