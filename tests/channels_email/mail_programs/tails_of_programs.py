"""What else stands below an answer, as it came with the earlier mail: by many programs."""

PROGRAMS = {
    "apple quoted attr": """
> On 8 May 2025, at 17:34, Support <s@x.example> wrote:
>\x20
> a
""",
    "apple fw": """
Begin forwarded message:

> From: Support <s@x.example>
> Subject: x
> a
""",
    "aol": """
-----Original Message-----
From: Support <s@x.example>
To: ada <ada@x.example>
Sent: Thu, 8 May 2025 5:34 pm
Subject: x

a
""",
    "zendesk": """
##- Please type your reply above this line -##

a
""",
    "roundcube": """
On 2025-05-08 17:34, Support wrote:
> a
""",
    "horde": """
Zitat von Support <s@x.example>:

> a
""",
    "horde en": """
Quoting Support <s@x.example>:

> a
""",
    "squirrel": """
> a
> b
""",
    "evolution": """
On Thu, 2025-05-08 at 17:34 +0200, Support wrote:
> a
""",
    "evolution de": """
Am Donnerstag, dem 08.05.2025 um 17:34 +0200 schrieb Support:
> a
""",
    "mutt": """
On Thu, May 08, 2025 at 05:34:00PM +0200, Support wrote:
> a
""",
    "mutt2": """
* Support <s@x.example> [2025-05-08 17:34]:
> a
""",
    "gnus": """
Support <s@x.example> writes:

> a
""",
    "outlook web en": """

________________________________
From: Support <s@x.example>
Sent: 08 May 2025 17:34
To: Ada <ada@x.example>
Subject: Re: Order

a
""",
    "outlook plain no rule no blank": """

From: Support <s@x.example>
Sent: 08 May 2025 17:34
To: Ada <ada@x.example>
Cc: x
Subject: Re: Order
a
""",
    "samsung de": """
-------- Ursprüngliche Nachricht --------
Von: Support <s@x.example>
Datum: 08.05.25 17:34 (GMT+01:00)
An: Ada
Betreff: x
a
""",
    "superhuman": """
Sent via Superhuman ( https://sprh.mn/?vip=ada@x.example )

On Thu, May 08, 2025 at 5:34 PM, Support <s@x.example> wrote:

> a
""",
    "yahoo mobile": """
Sent from Yahoo Mail for iPhone


On Thursday, May 8, 2025, 5:34 PM, Support <s@x.example> wrote:

a
b
""",
    "newton": """
On Thu, May 8, 2025 at 5:34pm, Support
<
s@x.example
[s@x.example]
>
wrote:
a
""",
    "tracker": """
ᐧ
""",
    "ios de": """
Von meinem iPhone gesendet

> Am 08.05.2025 um 17:34 schrieb Support <s@x.example>:
>\x20
> ﻿a
""",
    "ios fr": """
Envoyé de mon iPhone

> Le 8 mai 2025 à 17:34, Support <s@x.example> a écrit :
>\x20
> ﻿a
""",
    "proton2": """
Sent with [Proton Mail](https://proton.me/mail/home) secure email.

On Thursday, May 8th, 2025 at 5:34 PM, Support <s@x.example> wrote:

> a
""",
    "tuta": """
--\x20
 Gesendet mit Tutanota, dem sicheren E-Mail-Anbieter

8. Mai 2025, 17:34 von s@x.example:

> a
""",
    "hey": """
On May 8, 2025, Support <s@x.example> wrote:
> a
""",
    "bare date/addr": """
2025-05-08 17:34 GMT+02:00 Support <s@x.example>:

> a
""",
    "zoho2": """
---- On Thu, 08 May 2025 17:34:00 +0200 Support <s@x.example> wrote ---

a
""",
    "mailru app": """
--
Отправлено из Mail для Android четверг, 08 мая 2025г., 17:34 +03:00 от Support s@x.example:
> a
""",
    "nested fwd": """
-----Mensaje original-----
De: Support [mailto:s@x.example]
Enviado el: jueves, 8 de mayo de 2025 17:34
Para: ada
Asunto: x

a
""",
    "notes de": """
Von: Support <s@x.example>
An: Ada
Datum: 08.05.2025 17:34
Betreff: x

a
""",
    "lotus2": """
"Support" <s@x.example> schrieb am 08.05.2025 17:34:00:

> a
""",
    "lotus en": """
Support <s@x.example> wrote on 05/08/2025 05:34:00 PM:

> From: Support
> a
""",
    "lotus en2": """
support@x.example wrote on 05/08/2025 05:34:00 PM:

a
""",
    "greek": """
Στις Πέμ 8 Μαΐ 2025 στις 5:34 μ.μ., ο/η Support <s@x.example>
έγραψε:

> a
""",
    "thai": """
เมื่อ พฤ. 8 พ.ค. 2025 เวลา 17:34 Support <s@x.example> เขียนว่า:

> a
""",
    "hindi": """
गुरु, 8 मई 2025 को 5:34 pm बजे को Support <s@x.example> ने लिखा:

> a
""",
    "indon": """
Pada tanggal Kam, 8 Mei 2025 17:34, Support <s@x.example> menulis:

> a
""",
    "ms": """
Pada Kha, 8 Mei 2025 pada 17:34 Support <s@x.example> menulis:

> a
""",
    "fil": """
Noong Huw, May 8, 2025 nang 5:34 PM, sinulat ni Support <s@x.example>:

> a
""",
    "sr": """
чет, 8. мај 2025. у 17:34 Support <s@x.example> је написао/ла:

> a
""",
    "uk3": """
чт, 8 трав. 2025 р. о 17:34 Support <s@x.example> пише:

> a
""",
    "lv": """
ceturtd., 2025. g. 8. maijs, plkst. 17:34 — lietotājs Support (<s@x.example>) rakstīja:
> a
""",
    "sw": """
Mnamo Alh, 8 Mei 2025, 17:34 Support <s@x.example> aliandika:
> a
""",
    "bn": """
বৃহ, ৮ মে, ২০২৫ তারিখে ৫:৩৪ PM টায় এ Support <s@x.example> লিখেছেন:
> a
""",
    "ta": """
வியா., 8 மே, 2025, பிற்பகல் 5:34 அன்று, Support <s@x.example> எழுதியது:
> a
""",
}
