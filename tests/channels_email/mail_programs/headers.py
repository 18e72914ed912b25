"""The headers of the earlier mail that programs repeat, and Outlook's in every language."""

# The earlier mail below a header or a rule, not marked as quoted.
HEADERS = {
    "outlook en": """
From: Ada Lovelace <ada@x.example>
Sent: Monday, March 2, 2026 10:00 AM
To: Support
Subject: RE: Order
""",
    "outlook fr, tight": """
De :Ada Lovelace
Envoyé le :lundi 2 mars 2026 10:00
À :Support
Objet :RE: Order
""",
    "outlook mac": """
From: Ada Lovelace <ada@x.example>
Date: Monday, 2 March 2026 at 10:00
To: Support
Subject: Re: Order
""",
    "outlook markdown": """
*From:* Ada Lovelace
*Sent:* Monday, March 2, 2026 10:00 AM
*To:* Support
*Subject:* RE: Order
""",
    "outlook ruled": """
________________________________
From: Ada Lovelace <ada@x.example>
Sent: Monday
To: Support
Subject: Order
""",
    "outlook mobile": """
Get Outlook for iOS<https://aka.ms/o0ukef>
________________________________
From: Ada <ada@x.example>
Sent: Monday
To: us
Subject: Order
""",
    "original message": """
-----Original Message-----
From: Ada Lovelace
Sent: Monday
To: Support
Subject: Order
""",
    "original de": """
-----Ursprüngliche Nachricht-----
Von: Ada Lovelace
Gesendet: Montag
An: Support
Betreff: Order
""",
    "original da": """
-------- Oprindelig besked --------
Fra: Ada Lovelace
Dato: 02.03.2026 10.00
Til: Support
Emne: Order
""",
    "divider in an unknown language": """
-------- Ubutumwa bwa mbere --------
From: Ada Lovelace
Date: 02.03.2026
To: Support
Subject: Order
""",
    "gmx": """
Gesendet: Montag, 02. März 2026 um 10:00 Uhr
Von: "Ada Lovelace" <ada@x.example>
An: support@shop.example
Betreff: Order
""",
    "qq": """
------------------ 原始邮件 ------------------
发件人: "Ada" <ada@x.example>;
发送时间: 2026年3月2日(星期一) 上午10:00
收件人: "Support"<support@shop.example>;
主题: 订单
""",
    "qq en": """
------------------ Original ------------------
From: "Ada" <ada@x.example>;
Date: Mon, Mar 2, 2026 10:00 AM
To: "Support";
Subject: Order
""",
    "163 reply": """
---- 回复的原邮件 ----
| 发件人 | Ada<ada@x.example> |
| 发送日期 | 2026年3月2日 10:00 |
| 收件人 | Support |
| 主题 | 订单 |
""",
    "163 replied": """
---- Replied Message ----
| From | Ada<ada@x.example> |
| Date | 03/02/2026 10:00 |
| Subject | Order |
""",
    "foxmail": """
发件人： Ada
发送时间： 2026-03-02 10:00
收件人： support
主题： 订单
""",
    "aliyun": """
------------------------------------------------------------------
发件人：Ada <ada@x.example>
发送时间：2026年3月2日(星期一) 10:00
收件人：Support
主　题：订单
""",
    "naver": """
-----Original Message-----
From: "Ada"<ada@x.example>
To: <support@shop.example>;
Cc:
Sent: 2026-03-02 (월) 10:00:00 (GMT+09:00)
Subject: 주문
""",
    "daum": """
--------- 원본 메일 ---------
보낸이 : "Ada" <ada@x.example>
받는이 : support@shop.example
날짜 : 2026년 3월 2일 월요일, 10시 00분
제목 : 주문
""",
    "samsung": """
-------- Original message --------
From: Ada <ada@x.example>
Date: 02/03/2026 10:00 (GMT+01:00)
To: support@shop.example
Subject: Order
""",
    "huawei": """
-------- 原始邮件 --------
发件人： Ada <ada@x.example>
日期： 2026年3月2日周一 上午10:00
收件人： support@shop.example
主题： 订单
""",
    "proton old": """
‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐
On Monday, March 2, 2026 10:00 AM, Ada <ada@x.example> wrote:
""",
    "zoho": """
---- On Mon, 02 Mar 2026 10:00:00 +0000 Ada <ada@x.example> wrote ----
""",
    "zoho without rules": """
On Mon, 02 Mar 2026 10:00:00 +0000 Ada <ada@x.example> wrote
""",
    "notes": """
Ada Lovelace ---02.03.2026 10:00:00---Good morning, where is my order
""",
    "notes ruled": """
-----Ada Lovelace <ada@x.example> wrote: -----
To: Support
From: Ada Lovelace
Date: 03/02/2026 10:00AM
Subject: Order
""",
    "orange": """
Message du : 02/03/2026 10:00
De : "Ada" <ada@x.example>
A : support@shop.example
Copie à :
Sujet : Order
""",
    "forwarded": """
---------- Forwarded message ---------
From: Ada <ada@x.example>
Date: Mon, Mar 2, 2026 at 10:00 AM
Subject: Order
To: <support@shop.example>
""",
    "begin forwarded": """
Begin forwarded message:

From: Ada <ada@x.example>
Subject: Order
Date: 2 March 2026
""",
    "forwarded de": """
Anfang der weitergeleiteten Nachricht:

Von: Ada <ada@x.example>
Betreff: Order
Datum: 2. März 2026
""",
}

# What Outlook calls From, Sent, To and Subject.
OUTLOOK = {
    "outlook de": "Von|Gesendet|An|Betreff",
    "outlook fr": "De |Envoyé |À |Objet ",
    "outlook es": "De|Enviado el|Para|Asunto",
    "outlook pt": "De|Enviada em|Para|Assunto",
    "outlook it": "Da|Inviato|A|Oggetto",
    "outlook nl": "Van|Verzonden|Aan|Onderwerp",
    "outlook pl": "Od|Wysłano|Do|Temat",
    "outlook ru": "От|Отправлено|Кому|Тема",
    "outlook uk": "Від|Надіслано|Кому|Тема",
    "outlook tr": "Gönderen|Gönderildi|Kime|Konu",
    "outlook sv": "Från|Skickat|Till|Ämne",
    "outlook da": "Fra|Sendt|Til|Emne",
    "outlook nb": "Fra|Sendt|Til|Emne",
    "outlook fi": "Lähettäjä|Lähetetty|Vastaanottaja|Aihe",
    "outlook cs": "Od|Odesláno|Komu|Předmět",
    "outlook hu": "Feladó|Elküldve|Címzett|Tárgy",
    "outlook ro": "De la|Trimis|Către|Subiect",
    "outlook el": "Από|Στάλθηκε|Προς|Θέμα",
    "outlook he": "מאת|נשלח|אל|נושא",
    "outlook ar": "من|تاريخ الإرسال|إلى|الموضوع",
    "outlook vi": "Từ|Đã gửi|Đến|Chủ đề",
    "outlook id": "Dari|Dikirim|Kepada|Subjek",
    "outlook th": "จาก|ส่ง|ถึง|เรื่อง",
    "outlook ja": "差出人|送信日時|宛先|件名",
    "outlook ko": "보낸 사람|보낸 날짜|받는 사람|제목",
    "outlook zh-Hans": "发件人|发送时间|收件人|主题",
    "outlook zh-Hant": "寄件者|寄件日期|收件者|主旨",
}
