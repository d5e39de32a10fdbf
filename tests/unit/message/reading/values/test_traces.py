import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values.traces import Trace, parse_trace

DATE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STAMP = "; Fri, 2 Jan 2026 03:04:05 +0000"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (  # Postfix
            ("from c.example (r.example [192.0.2.1])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384"
            " (256/256 bits))\r\n\tby s.example (Postfix) with ESMTPS id 4A for <a@b.example>"),
            Trace(
                from_="c.example", ip="192.0.2.1", reverse_name="r.example", by="s.example",
                with_="ESMTPS", id="4A", for_="a@b.example", tls_version="TLSv1.3",
                tls_cipher="TLS_AES_256_GCM_SHA384",
            ),
        ),
        (  # Exim
            ("from [192.0.2.1] (port=4242 helo=c.example ident=joe) by s.example with esmtps"
            " (TLS1.2) tls TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 (Exim 4.96) id 1a-2b for a@b.example"),
            Trace(
                from_="192.0.2.1", helo="c.example", ident="joe", by="s.example", with_="ESMTPS",
                id="1a-2b", for_="a@b.example", tls_version="TLSv1.2",
                tls_cipher="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            ),
        ),
        (  # sendmail
            ("from c.example (joe@r.example [IPv6:2001:DB8::0:1] (may be forged)) by s.example"
            " (8.17.1/8.17.1) with ESMTP id 4A"),
            Trace(
                from_="c.example", ip="2001:db8::1", reverse_name="r.example", ident="joe",
                by="s.example", with_="ESMTP", id="4A",
            ),
        ),
        (  # qmail
            "from r.example (HELO c.example) (joe@192.0.2.1) by s.example with SMTP",
            Trace(
                from_="r.example", helo="c.example", ip="192.0.2.1", ident="joe", by="s.example",
                with_="SMTP",
            ),
        ),
        (  # Exchange
            ("from C.example (2001:db8::1) by S.example (192.0.2.9) with Microsoft SMTP Server"
            " (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.1"),
            Trace(
                from_="C.example", ip="2001:db8::1", by="S.example", with_="SMTP", id="15.20.1",
                tls_version="TLSv1.2", tls_cipher="TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            ),
        ),
        (  # Google
            "by 2002:a05:6000::1 with SMTP id x1csp",
            Trace(by="2002:a05:6000::1", with_="SMTP", id="x1csp"),
        ),
        (  # Courier
            ("from c.example (c.example [::ffff:192.0.2.1]) (AUTH: LOGIN joe, TLS:"
            " TLSv1/SSLv3,256bits,AES256-SHA) by s.example with ESMTPSA id 00.11"),
            Trace(
                from_="c.example", ip="192.0.2.1", reverse_name="c.example", by="s.example",
                with_="ESMTPSA", id="00.11", tls_version="TLSv1", tls_cipher="AES256-SHA",
            ),
        ),
        (
            "from c.example (EHLO me) [192.0.2.1] by s.example with NNFMP",
            Trace(from_="c.example", helo="me", ip="192.0.2.1", by="s.example", with_="NNFMP"),
        ),
        ("(qmail 1 invoked by uid 2)", Trace()),
        ("from a via b by c, id d", Trace(from_="a", via="b", by="c", id="d")),
        ("from c ([999.1.1.1]) by s for nobody", Trace(from_="c", by="s")),
    ],
)  # fmt: skip
def test_what_servers_write_is_made_out(text: str, expected: Trace) -> None:
    trace = parse_trace((text + STAMP).encode())
    assert trace.date == DATE
    assert parse_trace(text.encode()) == expected


def test_the_date_keeps_its_zone() -> None:
    date = parse_trace(b"by s; Fri Jan  2 03:04:05 2026 +0800").date
    assert date == datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=8)))


def test_a_value_beyond_the_limit_still_has_its_date() -> None:
    long = "from a by b " + "(x; y) " * 5_000
    assert parse_trace((long + STAMP).encode()) == Trace(from_="a", by="b", date=DATE)
    assert parse_trace(b"by b " + b"2 Jan 2026 03:04:05 +0000 " * 1_000).date is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('by b "(" id c ")"', Trace(by="b", id="c")),
        ('by "b;" (c) id d', Trace(by='"b;"', id="d")),
        ('by b for <"a; b"@c> (d)', Trace(by="b", for_='"a; b"@c')),
        ('by b (c" d) id e', Trace(by="b", id="e")),
        ('by b ( c" id d', Trace(by="b", id="d")),
    ],
)
def test_marks_in_quotes_have_no_meaning(text: str, expected: Trace) -> None:
    assert parse_trace(text.encode()) == expected
    assert parse_trace((text + STAMP).encode()).date == DATE


@given(st.binary() | st.text(st.sampled_from("from by[]()<>@;.1: ")).map(str.encode))
def test_nothing_raises(raw: bytes) -> None:
    assert isinstance(parse_trace(raw), Trace)


@pytest.mark.parametrize(
    "piece",
    [b"(", b"<", b"a-", b"from ", b"from(1.1.1.1 ", b"TLS1,", b"::", b'"', b'\\"', b'"(', b'<"'],
)
def test_hostile_values_take_little_time(piece: bytes) -> None:
    start = time.process_time()
    parse_trace(b"from (" + piece * 50_000)
    assert time.process_time() - start < 1
