# ruff: noqa: E501, W291  # mails are written as programs write them
"""Answers as mail programs write them: the raw mail by program, and what somebody wrote in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.header import Header

from tests.core.inbound.letters import encoded, printable

#: A picture of one dot, as programs hang their logos on.
DOT = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """A mail and what it says: the subject, the words without the quotation, the files by name and size."""

    raw: str | bytes
    text: str
    subject: str = "Re: Till"
    name: str = "Chandra"
    files: Mapping[str, int] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        """The mail as it is handed over, with line ends of the wire."""
        raw = self.raw if isinstance(self.raw, bytes) else self.raw.encode()
        return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def head(kind: str, *, name: str = "Chandra", subject: str = "Re: Till", more: str = "") -> str:
    """The headers of an answer whose content type is *kind*."""
    return (
        f"Return-Path: <chandra@customer.test>\nReceived: from mx.customer.test by mx.desk.test\nFrom: {name}"
        f" <chandra@customer.test>\nTo: Desk <helpdesk@localhost>\nSubject: {subject}\nMessage-ID: <k@customer.test>\n"
        f"Date: Mon, 30 Nov 2026 10:15:00 +0800\nMIME-Version: 1.0\n{more}Content-Type: {kind}\n"
    )


OUTLOOK = (
    head('multipart/related; boundary="_004_"; type="multipart/alternative"', name='"Chandra"')
    + f"""
--_004_
Content-Type: multipart/alternative; boundary="_000_"

--_000_
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

It prints again, thank you.

Kind regards
Chandra
[cid:image001.png@01DC]

________________________________
From: Desk <helpdesk@localhost>
Sent: Monday, 30 November 2026 10:00
To: Chandra <chandra@customer.test>
Subject: [#1-aaaaaaaa] Till

Ada answered: try again.

--_000_
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p class=3D"MsoNormal">It prints again, thank you.</p></body></html>

--_000_--

--_004_
Content-Type: image/png; name="image001.png"
Content-Description: image001.png
Content-Disposition: inline; filename="image001.png"; size=70
Content-ID: <image001.png@01DC>
Content-Transfer-Encoding: base64

{encoded(DOT)}
--_004_
Content-Type: image/png; name="image002.png"
Content-Disposition: inline; filename="image002.png"
Content-Transfer-Encoding: base64

{encoded(DOT)}
--_004_--
"""
)

GMAIL = (
    head('multipart/alternative; boundary="0000000000"')
    + """
--0000000000
Content-Type: text/plain; charset="UTF-8"

Yes, still broken.

On Mon, Nov 30, 2026 at 10:00\u202fAM Desk <helpdesk@localhost>
wrote:

> Ada answered:
>
> Try again.

--0000000000
Content-Type: text/html; charset="UTF-8"

<div dir="ltr">Yes, still broken.</div><br><div class="gmail_quote"><blockquote>Ada answered</blockquote></div>

--0000000000--
"""
)

APPLE = (
    head("text/plain; charset=utf-8", more="X-Mailer: Apple Mail (2.3826)\nContent-Transfer-Encoding: 8bit\n")
    + """
The drawer opens now.

> On 30 Nov 2026, at 10:00, Desk <helpdesk@localhost> wrote:
> 
> Try again.
>> What the customer said before

"""
)

THUNDERBIRD = (
    head("text/plain; charset=UTF-8; format=flowed", more="User-Agent: Mozilla Thunderbird\n")
    + """
I tried it twice, and both times the printer stopped in the middle of the 
receipt.

Second paragraph.
-- 
Chandra

On 30/11/2026 10:00, Desk wrote:
> Try again, 
> please.
"""
)

INTERLEAVED = (
    head("text/plain; charset=utf-8")
    + """
On 30/11/2026 10:00, Desk wrote:
> Which till?
The left one.
> Since when?
Since Monday.
"""
)

PHONE = head("text/html; charset=utf-8", more="Content-Transfer-Encoding: quoted-printable\n") + "\n" + printable(
    '<html><head><meta charset="utf-8"><style>p{color:red}</style></head><body dir="auto"><div>Works.</div>'
    "<div><br></div><div>See <a href='https://shop.test/a'>the page</a></div><div>Sent from my iPhone</div>"
    '<div><br><blockquote type="cite">On 30 Nov 2026, at 10:00, Desk &lt;helpdesk@localhost&gt; wrote:<br><br>'
    "</blockquote></div><blockquote type=cite><div>Try again.</div></blockquote></body></html>", "utf-8")  # fmt: skip

RUSSIAN_KOI8 = (
    head("text/plain; charset=koi8-r", name=Header("Анна", "koi8-r").encode(),
         subject=Header("Re: Касса не печатает", "koi8-r").encode(), more="Content-Transfer-Encoding: 8bit\n")
    + "\n"
).encode("ascii") + (
    "Всё равно не печатает.\n\n30 ноября 2026 г., 10:00, Desk <helpdesk@localhost> писал(а):\n\n> Попробуйте ещё раз.\n"
).encode("koi8-r")  # fmt: skip

RUSSIAN_CP1251 = (
    head("text/plain; charset=windows-1251", name=Header("Анна", "cp1251").encode(),
         more="Content-Transfer-Encoding: base64\n")
    + "\n"
    + encoded(
        "Спасибо, заработало!\n\nОт: Desk <helpdesk@localhost>\nОтправлено: 30 ноября 2026 г. 10:00\n"
        "Кому: Анна <chandra@customer.test>\nТема: Касса\n\nПопробуйте ещё раз.\n".encode("cp1251")
    )
)  # fmt: skip

RUSSIAN_GMAIL = (
    head("text/plain; charset=UTF-8", name="=?UTF-8?B?0JDQvdC90LA=?=")
    + """
Да, помогло.

пн, 30 нояб. 2026 г. в 10:00, Desk <helpdesk@localhost>:

> Попробуйте ещё раз.
"""
)

MALAY = (
    head("text/plain; charset=UTF-8")
    + """
Sudah dicuba, masih rosak.

Pada Isn, 30 Nov 2026 pada 10:00 PG Desk <helpdesk@localhost> menulis:

> Sila cuba lagi.
"""
)

MALAY_OUTLOOK = (
    head("text/plain; charset=UTF-8")
    + """
Terima kasih.

Daripada: Desk <helpdesk@localhost>
Dihantar: Isnin, 30 November 2026 10:00
Kepada: Chandra
Subjek: Till

Sila cuba lagi.
"""
)

ARABIC = (
    head("text/plain; charset=UTF-8")
    + """
لا تزال لا تعمل.

\u200fفي الاثنين، 30 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة \u200eDesk\u200e\u200f <\u200ehelpdesk@localhost\u200e>:\u200f

> حاول مرة أخرى.
"""
)

ARABIC_1256 = (head("text/plain; charset=windows-1256", more="Content-Transfer-Encoding: 8bit\n") + "\n").encode() + (
    "شكرا\n\nمن: Desk\nتم الإرسال: 30 نوفمبر\nإلى: Chandra\nالموضوع: Till\n\nحاول\n"
).encode("cp1256")

FORWARDED = (
    head("text/plain; charset=utf-8", more="X-Mailer: Microsoft Outlook 16.0\n")
    + """
Done.

-----Original Message-----
From: Desk <helpdesk@localhost>

Try again.
"""
)

WITH_FILES = (
    head('multipart/mixed; boundary="m"')
    + f"""
--m
Content-Type: text/plain

Two files.
--m
Content-Type: application/pdf; name*=UTF-8''%D1%81%D1%87%D1%91%D1%82.pdf
Content-Disposition: attachment; filename*0*=UTF-8''%D1%81%D1%87; filename*1*=%D1%91%D1%82.pdf
Content-Transfer-Encoding: base64

{encoded(b"%PDF-1.4 x")}
--m
Content-Type: application/octet-stream; name="=?koi8-r?B?3MzFy9TSzy50eHQ=?="
Content-Transfer-Encoding: base64

{encoded(b"hello")}
--m
Content-Type: message/rfc822
Content-Disposition: attachment

Subject: Older mail

Its text
--m
Content-Type: application/pgp-signature; name="signature.asc"

-----BEGIN PGP SIGNATURE-----
--m--
"""
)

NO_CHARSET = head("text/plain").replace("Content-Type: text/plain\n", "").encode() + b"\nCaf\xe9 at nine\n"

ANSWERS: Mapping[str, Answer] = {
    "outlook": Answer(OUTLOOK, "It prints again, thank you.\n\nKind regards\nChandra\n[cid:image001.png@01DC]",
                      files={"image001.png": len(DOT)}),
    "gmail": Answer(GMAIL, "Yes, still broken."),
    "apple mail": Answer(APPLE, "The drawer opens now."),
    "thunderbird": Answer(THUNDERBIRD, "I tried it twice, and both times the printer stopped in the middle of the "
                          "receipt.\n\nSecond paragraph.\n\n-- \nChandra"),
    "answers between": Answer(INTERLEAVED, "On 30/11/2026 10:00, Desk wrote:\n> Which till?\nThe left one.\n"
                              "> Since when?\nSince Monday."),
    "phone": Answer(PHONE, "Works.\n\nSee the page <https://shop.test/a>\nSent from my iPhone"),
    "russian koi8-r": Answer(RUSSIAN_KOI8, "Всё равно не печатает.", "Re: Касса не печатает", "Анна"),
    "russian cp1251": Answer(RUSSIAN_CP1251, "Спасибо, заработало!", name="Анна"),
    "russian gmail": Answer(RUSSIAN_GMAIL, "Да, помогло.", name="Анна"),
    "malay": Answer(MALAY, "Sudah dicuba, masih rosak."),
    "malay outlook": Answer(MALAY_OUTLOOK, "Terima kasih."),
    "arabic": Answer(ARABIC, "لا تزال لا تعمل."),
    "arabic windows-1256": Answer(ARABIC_1256, "شكرا"),
    "original message": Answer(FORWARDED, "Done."),
    "files": Answer(WITH_FILES, "Two files.", files={"счёт.pdf": 10, "электро.txt": 5, "Older mail.eml": 31}),
    "no charset": Answer(NO_CHARSET, "Café at nine"),
}  # fmt: skip
