"""Mails to read, as they come from a generator of fixed seed: 1 KB, 10 KB, 100 KB and 10 MB of them."""

import random
from base64 import encodebytes
from quopri import encodestring

__all__ = ["huge", "large", "medium", "small"]

_WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron".split()  # noqa: SIM905 - reads best so
_SEED = 4


def small(count: int = 100) -> list[bytes]:
    """Give plain mails of 1 KB."""
    rng = random.Random(_SEED)  # noqa: S311 - nothing is secret
    return [_plain(rng) for _ in range(count)]


def medium(count: int = 60) -> list[bytes]:
    """Give mails of 10 KB: a trace, a signature, text and HTML in quoted-printable."""
    rng = random.Random(_SEED)  # noqa: S311 - nothing is secret
    return [_mixed(rng, 2800, []) for _ in range(count)]


def large(count: int = 20) -> list[bytes]:
    """Give mails of 100 KB: the same and two files."""
    rng = random.Random(_SEED)  # noqa: S311 - nothing is secret
    return [_mixed(rng, 2000, [30_000, 36_000]) for _ in range(count)]


def huge(octets: int = 10_000_000) -> bytes:
    """Give a mail with two files of that many octets together."""
    rng = random.Random(_SEED)  # noqa: S311 - nothing is secret
    return _mixed(rng, 2000, [octets // 2, octets // 2])


def _plain(rng: random.Random) -> bytes:
    head = (
        'From: "Anna Example" <anna@example.com>\n'
        "To: Bob <bob@example.org>, carol@example.net\n"
        f"Subject: Report {rng.randint(1, 99)} of the week\n"
        "Date: Mon, 23 Nov 2026 08:29:01 +0100\n"
        f"Message-ID: <{rng.getrandbits(60):x}@example.com>\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 7bit\n\n"
    )
    return _crlf(head + _text(rng, 550))


def _mixed(rng: random.Random, length: int, files: list[int]) -> bytes:
    text = _text(rng, length).replace("eta", "ëta")
    lines = _text(rng, length).replace("mu", "mü").split("\n")
    html = "\n".join(f'<p class="x" style="color:red">{line}</p>' for line in lines)
    bodies = [_encode("plain", text), _encode("html", html)]
    kind, body = _enclose(rng, "alternative", bodies)
    if files:
        first = f"Content-Type: {kind}\n\n{body}"
        kind, body = _enclose(rng, "mixed", [first, *(_attach(rng, size) for size in files)])
    return _crlf(_head(rng) + f"Content-Type: {kind}\n\n{body}")


def _head(rng: random.Random) -> str:
    trace = "".join(
        f"Received: from mail{n}.example.com (mail{n}.example.com [192.0.2.{n}])\n"
        f"\tby mx.example.org (Postfix) with ESMTPS id {rng.getrandbits(32):08X}\n"
        "\tfor <user@example.org>; Mon, 23 Nov 2026 08:28:00 +0000\n"
        for n in range(rng.randint(3, 6))
    )
    return (
        f"{trace}"
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1;\n"
        "\th=from:to:subject:date:message-id:mime-version:content-type;\n"
        f"\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n\tb={'A' * 340}\n"
        "From: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <joerg@example.com>\n"
        'To: "Bob, Mr." <bob@example.org>\n'
        f"Subject: =?utf-8?B?R3LDvMOfZSBhdXMgQmVybGlu?= {rng.randint(1, 99)}\n"
        "Date: Mon, 23 Nov 2026 08:29:01 +0100 (CET)\n"
        f"Message-ID: <{rng.getrandbits(60):x}@example.com>\n"
        "MIME-Version: 1.0\n"
    )


def _text(rng: random.Random, length: int) -> str:
    lines = [" ".join(rng.choices(_WORDS, k=8)) for _ in range(length // 44)]
    return "\n".join(lines) + "\n"


def _encode(subtype: str, text: str) -> str:
    body = encodestring(text.encode()).decode("ascii")
    head = f"Content-Type: text/{subtype}; charset=utf-8\n"
    return f"{head}Content-Transfer-Encoding: quoted-printable\n\n{body}"


def _attach(rng: random.Random, size: int) -> str:
    head = (
        'Content-Type: application/octet-stream; name="report.bin"\n'
        'Content-Disposition: attachment; filename="report.bin"\n'
        "Content-Transfer-Encoding: base64\n\n"
    )
    return head + encodebytes(rng.randbytes(size)).decode("ascii")


def _enclose(rng: random.Random, subtype: str, parts: list[str]) -> tuple[str, str]:
    boundary = f"=_{rng.getrandbits(120):030x}"
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'multipart/{subtype}; boundary="{boundary}"', f"{body}--{boundary}--\n"


def _crlf(text: str) -> bytes:
    return text.encode().replace(b"\n", b"\r\n")
