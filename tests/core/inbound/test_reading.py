"""Reading mails of real programs: words, names and files, whatever they are written in."""

from __future__ import annotations

import pytest

from helpdesk_core.inbound.decoding import decode_text, decode_words
from helpdesk_core.inbound.html_text import html_to_text
from helpdesk_core.inbound.mime import take_apart
from helpdesk_core.inbound.parsing import parse_mail, sender_of
from helpdesk_core.inbound.quoting import strip_quotation
from helpdesk_core.inbound.robots import Author
from tests.core.inbound.clients import ANSWERS


@pytest.mark.parametrize("program", ANSWERS)
def test_what_somebody_wrote_is_told_from_what_he_answers_to(program: str) -> None:
    """OK-127, OK-130: English, Malay, Russian and Arabic, the common programs and charsets."""
    answer = ANSWERS[program]
    read = parse_mail(answer.data)
    assert strip_quotation(read.text) == answer.text
    assert (read.subject, read.name, read.address) == (answer.subject, answer.name, "chandra@customer.test")
    assert {name: len(content) for name, _kind, content in read.files()} == dict(answer.files)
    assert read.author is Author.PERSON


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("ada@x.test", "ada@x.test"),
        ('"Ada, the <admin@y.test>" <Ada@X.test>', "ada@x.test"),
        ("admin@y.test <ada@x.test>", "ada@x.test"),
        ("=?utf-8?q?admin=40y.test=3E?= <ada@x.test>", "ada@x.test"),
        ("(admin@y.test) ada@x.test", "ada@x.test"),
        ("=?utf-8?q?=3Cadmin=40y.test=3E?=", ""),
        ("Ada <ada@x.test>, Bob <bob@x.test>", "ada@x.test"),
        ("undisclosed recipients:;", ""),
        ("(" * 5000, ""),
        ('"' + "\\" * 5000, ""),
    ],
)
def test_a_name_does_not_pass_for_an_address(value: str, address: str) -> None:
    """T-20: what is shown as an address and what is one."""
    headers = take_apart(f"From: {value}\n\n".encode()).headers
    assert sender_of(headers)[0] == address


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?UTF-8?B?0JrQsNGB?= =?UTF-8?B?0YHQsA==?=", "Касса"),
        ("=?utf-8?b?0JrQsNGB0Q==?=\r\n =?utf-8?b?gdCw?= ok", "Касса ok"),  # a letter cut in two
        ("Re: =?koi8-r?Q?=EB=C1=D3=D3=C1?= 5", "Re: Касса 5"),
        ("=?windows-1251?Q?=CA=E0=F1=F1=E0?=", "Касса"),
        ("=?utf-8?Q?a_b?= c =?x-none?Q?d=65?=", "a b c de"),
        ("=?utf-8?B?!!!?= plain", " plain"),
        ("=?utf-8?Q?a=0D=0ABcc:_x?=", "a\nBcc: x"),
        ("=?" * 3000, "=?" * 3000),
    ],
)
def test_encoded_words_are_read(value: str, text: str) -> None:
    assert decode_words(value) == text


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("koi8-r", b"\xeb\xc1\xd3\xd3\xc1", "Касса"),
        ("cp-1251", b"\xca\xe0\xf1\xf1\xe0", "Касса"),
        ("us-ascii", "Касса".encode(), "Касса"),
        ("utf-8", b"a\xffb", "a\ufffdb"),
        ("idna", b"xn--a", "xn--a"),
        ("unicode_escape", b"\\x00", "\\x00"),
        ("rot13", b"abc", "abc"),
        ("zlib", b"abc", "abc"),
        ("no such charset", "é".encode(), "é"),
        ("", b"Caf\xe9", "Café"),
        ("utf-7", b"a", "a"),
        ("x\x00y", b"a", "a"),
    ],
)
def test_any_charset_gives_text(charset: str, data: bytes, text: str) -> None:
    """F-34: those that Python knows and that are none are not used."""
    assert decode_text(data, charset) == text


def test_html_becomes_words_that_can_run_nothing() -> None:
    """T-01, T-04: no markup is left, no picture, nothing of what is hidden."""
    html = (
        "<style>x{}</style><script>alert(1)</script><h1>Title</h1><p>One<br>two&nbsp;&lt;b&gt;</p><ul><li>a<li>b</ul>"
        "<img src=http://tracker.test/x onerror=alert(1)><a href='javascript:alert(1)'>press</a>"
        "<table><tr><td>x<td>y</table><blockquote>old<blockquote>older</blockquote></blockquote><pre> a\n  b</pre>"
    )
    text = html_to_text(html)
    assert [line for line in text.split("\n") if line.strip("> ")] == [
        "Title", "One", "two <b>", "- a", "- b", "press", "x y", "> old", "> > older", " a", "  b",
    ]  # fmt: skip
    assert "alert" not in text
    assert "tracker" not in text


def test_a_mailbox_line_before_the_headers_is_no_header() -> None:
    raw = b"From chandra@customer.test Mon Nov 30 10:15:00 2026\nSubject: Till\nFrom: a@b.test\n\nText\n"
    read = parse_mail(raw)
    assert (read.address, read.subject, read.text) == ("a@b.test", "Till", "Text")
