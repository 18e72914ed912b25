"""What mail programs put below an answer, each in its own words and language. The mails are invented."""

import pytest

from channels_email.quoting import fold

# How programs introduce the mail that follows, each line followed by a quotation as that program marks it.
ATTRIBUTIONS = {
    "gmail en": "On Mon, Mar 2, 2026 at 10:00\u202fAM Ada Lovelace <ada@x.example> wrote:",
    "gmail en, broken": "On Mon, Mar 2, 2026 at 10:00\u202fAM Ada Augusta Lovelace <\nada@x.example> wrote:",
    "gmail de": "Am Mo., 2. März 2026 um 10:00 Uhr schrieb Ada Lovelace <ada@x.example>:",
    "gmail fr": "Le lun. 2 mars 2026 à 10:00, Ada Lovelace <ada@x.example> a écrit\xa0:",
    "gmail es": "El lun, 2 mar 2026 a las 10:00, Ada Lovelace (<ada@x.example>) escribió:",
    "gmail pt": "Em seg., 2 de mar. de 2026 às 10:00, Ada Lovelace <ada@x.example> escreveu:",
    "gmail pt-PT": "Ada Lovelace <ada@x.example> escreveu (segunda, 2/03/2026 à(s) 10:00):",
    "gmail it": "Il giorno lun 2 mar 2026 alle ore 10:00 Ada Lovelace <ada@x.example> ha scritto:",
    "gmail nl": "Op ma 2 mrt 2026 om 10:00 schreef Ada Lovelace <ada@x.example>:",
    "gmail pl": "pon., 2 mar 2026 o 10:00 Ada Lovelace <ada@x.example> napisał(a):",
    "gmail ru": "пн, 2 мар. 2026\u202fг. в 10:00, Ada Lovelace <ada@x.example>:",
    "gmail uk": "пн, 2 бер. 2026\u202fр. о 10:00 Ada Lovelace <ada@x.example> пише:",
    "gmail tr": "Ada Lovelace <ada@x.example>, 2 Mar 2026 Pzt, 10:00 tarihinde şunu yazdı:",
    "gmail ar": "في الاثنين، 2 مارس 2026 في 10:00 ص "
    "تمت كتابة ما يلي بواسطة \u202aAda Lovelace\u202c\u200f <\u202aada@x.example\u202c\u200f>:\u202c",
    "gmail fa": "در تاریخ دوشنبه ۲ مارس ۲۰۲۶، ۱۰:۰۰ Ada Lovelace <ada@x.example> نوشت:",
    "gmail he": "\u202bבתאריך יום ב׳, 2 במרץ 2026 ב-10:00 "
    "מאת \u202aAda Lovelace\u202c\u200f <\u202aada@x.example\u202c\u200f>:\u202c",
    "gmail hi": "सोम, 2 मार्च 2026 को 10:00 am बजे को Ada Lovelace <ada@x.example> ने लिखा:",
    "gmail th": "ในวันที่ จ. 2 มี.ค. 2026 เวลา 10:00 Ada Lovelace <ada@x.example> เขียนว่า:",
    "gmail vi": "Vào Th 2, 2 thg 3, 2026 vào lúc 10:00 Ada Lovelace <ada@x.example> đã viết:",
    "gmail id": "Pada Sen, 2 Mar 2026 pukul 10.00 Ada Lovelace <ada@x.example> menulis:",
    "gmail sv": "Den mån 2 mars 2026 10:00Ada Lovelace <ada@x.example> skrev:",
    "gmail da": "Den man. 2. mar. 2026 kl. 10.00 skrev Ada Lovelace <ada@x.example>:",
    "gmail nb": "man. 2. mars 2026 kl. 10:00 skrev Ada Lovelace <ada@x.example>:",
    "gmail fi": "ma 2. maalisk. 2026 klo 10.00 Ada Lovelace (ada@x.example) kirjoitti:",
    "gmail cs": "po 2. 3. 2026 v 10:00 odesílatel Ada Lovelace <ada@x.example> napsal:",
    "gmail sk": "po 2. 3. 2026 o 10:00 Ada Lovelace <ada@x.example> napísal(a):",
    "gmail hu": "Ada Lovelace <ada@x.example> ezt írta (időpont: 2026. márc. 2., H, 10:00):",
    "gmail ro": "În lun., 2 mar. 2026 la 10:00, Ada Lovelace <ada@x.example> a scris:",
    "gmail el": "Στις Δευ 2 Μαρ 2026 στις 10:00 π.μ., ο χρήστης Ada Lovelace <ada@x.example> έγραψε:",
    "gmail bg": "На пн, 2.03.2026 г. в 10:00 Ada Lovelace <ada@x.example> написа:",
    "gmail hr": "pon, 2. ožu 2026. u 10:00 Ada Lovelace <ada@x.example> napisao je:",
    "gmail sl": "V V pon., 2. mar. 2026 ob 10:00 je oseba Ada Lovelace <ada@x.example> napisala:",
    "gmail lt": "2026-03-02, pr, 10:00 Ada Lovelace <ada@x.example> rašė:",
    "gmail lv": "Pirmd., 2026. g. 2. marts, plkst. 10:00 — lietotājs Ada Lovelace (<ada@x.example>) rakstīja:",
    "gmail et": "Kontakt Ada Lovelace (<ada@x.example>) kirjutas kuupäeval E, 2. märts 2026 kell 10:00:",
    "gmail ca": "Missatge de Ada Lovelace <ada@x.example> del dia dl., 2 de març 2026 a les 10:00:",
    "gmail ja": "2026年3月2日(月) 10:00 Ada Lovelace <ada@x.example>:",
    "gmail ko": "2026년 3월 2일 (월) 오전 10:00, Ada Lovelace <ada@x.example>님이 작성:",
    "gmail zh-Hans": "Ada Lovelace <ada@x.example> 于2026年3月2日周一 10:00写道：",
    "gmail zh-Hant": "Ada Lovelace <ada@x.example> 於 2026年3月2日 週一 上午10:00寫道：",
    "apple en": "On 2 Mar 2026, at 10:00, Ada Lovelace <ada@x.example> wrote:",
    "apple de": "Am 02.03.2026 um 10:00 schrieb Ada Lovelace <ada@x.example>:",
    "apple fr": "Le 2 mars 2026 à 10:00, Ada Lovelace <ada@x.example> a écrit :",
    "apple it": "Il giorno 2 mar 2026, alle ore 10:00, Ada Lovelace <ada@x.example> ha scritto:",
    "apple nl": "Op 2 mrt 2026, om 10:00 heeft Ada Lovelace <ada@x.example> het volgende geschreven:",
    "apple sv": "2 mars 2026 kl. 10:00 skrev Ada Lovelace <ada@x.example>:",
    "apple fi": "Ada Lovelace <ada@x.example> kirjoitti 2.3.2026 kello 10.00:",
    "apple ja": "2026/03/02 10:00、Ada Lovelace <ada@x.example>のメール:",
    "apple zh": "在 2026年3月2日，上午10:00，Ada Lovelace <ada@x.example> 写道：",
    "apple ko": "2026. 3. 2. 오전 10:00, Ada Lovelace <ada@x.example> 작성:",
    "apple ru": "2 марта 2026 г., в 10:00, Ada Lovelace <ada@x.example> написал(а):",
    "apple pt": "Em 2 de mar. de 2026, à(s) 10:00, Ada Lovelace <ada@x.example> escreveu:",
    "apple pl": "Wiadomość napisana przez Ada Lovelace <ada@x.example> w dniu 02.03.2026, o godz. 10:00:",
    "thunderbird en": "On 02/03/2026 10:00, Ada Lovelace wrote:",
    "thunderbird de": "Am 02.03.26 um 10:00 schrieb Ada Lovelace:",
    "thunderbird fr": "Le 02/03/2026 à 10:00, Ada Lovelace a écrit :",
    "thunderbird es": "El 2/3/26 a las 10:00, Ada Lovelace escribió:",
    "thunderbird it": "Il 02/03/2026 10:00, Ada Lovelace ha scritto:",
    "thunderbird nl": "Op 02-03-2026 om 10:00 schreef Ada Lovelace:",
    "thunderbird pl": "W dniu 2.03.2026 o 10:00, Ada Lovelace pisze:",
    "thunderbird ru": "02.03.2026 10:00, Ada Lovelace пишет:",
    "thunderbird ja": "On 2026/03/02 10:00, Ada Lovelace wrote:",
    "thunderbird zh": "在 2026/3/2 10:00, Ada Lovelace 写道:",
    "thunderbird cs": "Dne 02. 03. 26 v 10:00 Ada Lovelace napsal(a):",
    "thunderbird sv": "Den 2026-03-02 kl. 10:00, skrev Ada Lovelace:",
    "yahoo en": "On Monday, March 2, 2026 at 10:00:00 AM GMT+1, Ada Lovelace <ada@x.example> wrote:",
    "yahoo de": "Am Montag, 2. März 2026 um 10:00:00 MEZ hat Ada Lovelace <ada@x.example> Folgendes geschrieben:",
    "yandex": '02.03.2026, 10:00, "Ada Lovelace" <ada@x.example>:',
    "mail.ru": "Понедельник, 2 марта 2026, 10:00 +03:00 от Ada Lovelace <ada@x.example>:",
    "163": '在 2026-03-02 10:00:00，"Ada Lovelace" <ada@x.example> 写道：',
    "163 en": 'At 2026-03-02 10:00:00, "Ada Lovelace" <ada@x.example> wrote:',
    "xiaomi": "Ada Lovelace <ada@x.example> 于 2026年3月2日周一 上午10:00写道：",
    "proton": "On Monday, March 2nd, 2026 at 10:00 AM, Ada Lovelace <ada@x.example> wrote:",
    "spark": "On 2 Mar 2026, 10:00 +0100, Ada Lovelace <ada@x.example>, wrote:",
    "roundcube": "W dniu 2026-03-02 10:00, Ada Lovelace napisał(a):",
    "k-9": "Am 2. März 2026 10:00:00 MEZ schrieb Ada Lovelace <ada@x.example>:",
    "unknown language": "Ku 2 ya Gashantwe 2026 10:00, Ada Lovelace <ada@x.example> ahejeje:",
}

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


# What else stands below an answer, as it came with the earlier mail.
TAILS = {
    "gmail old": """
On Tue, Mar 3, 2026 at 4:55 PM, Support <support@x.example> wrote:

> a
""",
    "gmail nested wrap": """
On Tue, Mar 3, 2026 at 4:55 PM Shop Support via Ticket System
<support@x.example> wrote:

> a
""",
    "gmail wrap3": """
On Tue, Mar 3, 2026 at 4:55 PM Shop
Support via Ticket System
<
support@x.example>
wrote:

> a
""",
    "ru long": """
Суббота, 6 декабря 2025, 12:01 +03:00 от Служба поддержки <s@x.example>:
>a
""",
    "ru tb": """
06.12.2025 12:01, Служба поддержки пишет:
> a
""",
    "ru outlook mobile": """
Получить Outlook для Android
________________________________
От: S <s@x.example>
Отправлено: 6 декабря
Кому: A
Тема: b

old
""",
    "es": """
El 8 may. 2025 5:34 PM, "Soporte" <s@x.example> escribió:
> a
""",
    "es2": """
El mié., 8 de mayo de 2025 17:34, Soporte <s@x.example>
escribió:

> a
""",
    "pt-br": """
Em qua, 8 de mai de 2025 17:34, Suporte <s@x.example>
escreveu:

> a
""",
    "pt2": """
Em 08/05/2025 17:34, Suporte escreveu:
> a
""",
    "it2": """
Il 08/05/2025 17:34, Supporto ha scritto:
> a
""",
    "it3": """
Il mer 8 mag 2025, 17:34 Supporto <s@x.example> ha scritto:

> a
""",
    "fr3": """
Le mer. 8 mai 2025, 17:34, Support <s@x.example> a écrit :

> a
""",
    "fr yahoo": """
    Le mercredi 8 mai 2025 à 17:34:00 UTC+2, Support <s@x.example> a écrit :\x20\x20

 a
 b
""",
    "de yahoo": """
    Am Mittwoch, 8. Mai 2025 um 17:34:00 MESZ hat Support <s@x.example> Folgendes geschrieben:\x20\x20

 a
""",
    "de web.de": """
**Gesendet:** Mittwoch, 08. Mai 2025 um 17:34 Uhr
**Von:** "Support" <s@x.example>
**An:** ada@x.example
**Betreff:** Order
a
""",
    "nl3": """
Op wo 8 mei 2025 17:34 schreef Support <s@x.example>:

> a
""",
    "nl kpn": """
Op 08-05-2025 17:34, Support <s@x.example> schreef:
> a
""",
    "tr2": """
8 May 2025 Çar 17:34 tarihinde Destek <s@x.example> şunu yazdı:
> a
""",
    "zh3": """
在 2025-05-08 17:34:00，Support <s@x.example> 写道：
> a
""",
    "zh4": """
Support <s@x.example>于2025年5月8日 周四17:34写道：
> a
""",
    "zh qq mobile": """


---原始邮件---
发件人: "Support"<s@x.example>
发送时间: 2025年5月8日(周四) 下午5:34
收件人: "Ada"<ada@x.example>;
主题: 订单

a
""",
    "zh hw": """
发自我的华为手机

-------- 原始邮件 --------
发件人： Support <s@x.example>
日期： 2025年5月8日周四 17:34
收件人： ada
主 题： 订单
a
""",
    "ja outlook": """
________________________________
差出人: Support <s@x.example>
送信日時: 2025年5月8日 17:34
宛先: Ada
件名: 注文

a
""",
    "ja gmail2": """
2025年5月8日(木) 17:34 サポート <s@x.example>:

> a
""",
    "ja tb": """
On 2025/05/08 17:34, サポート wrote:
> a
""",
    "ja becky": """
On Thu, 8 May 2025 17:34:00 +0900
サポート <s@x.example> wrote:

> a
""",
    "ja san": """
サポート <s@x.example> さんは書きました:
> a
""",
    "ja yahoo": """
----- Original Message -----
From: "サポート" <s@x.example>
To: ada
Date: 2025/5/8, Thu 17:34
Subject: x

a
""",
    "ko2": """
2025년 5월 8일 (목) 오후 5:34, 지원 <s@x.example>님이 작성:

> a
""",
    "ko naver": """
-----Original Message-----
From: "지원"<s@x.example>
To: "Ada"<a@x.example>
Cc:\x20
Sent: 2025-05-08 (목) 17:34:00 (GMT+09:00)
Subject: 주문

a
""",
    "he outlook": """
________________________________
מאת: Support <s@x.example>
‏‏נשלח: יום חמישי 08 מאי 2025 17:34
‏‏אל: Ada
‏‏נושא: הזמנה

a
""",
    "ar2": """
في الخميس، ٨ مايو ٢٠٢٥ ٥:٣٤ م Support <s@x.example> كتب:
> a
""",
    "vi2": """
Vào 17:34, Th 5, 8 thg 5, 2025 Support <s@x.example> đã viết:

> a
""",
    "pl wp": """
Dnia 8 maja 2025 17:34 Support <s@x.example> napisał(a):

a
""",
    "pl onet": """
W dniu 2025-05-08 17:34:00 użytkownik Support <s@x.example> napisał:
> a
""",
    "cs seznam": """
---------- Původní e-mail ----------
Od: Support <s@x.example>
Komu: ada@x.example
Datum: 8. 5. 2025 17:34:00
Předmět: Objednávka
a
""",
    "hu2": """
2025. 05. 08. 17:34 keltezéssel, Support írta:
> a
""",
    "hu3": """
Support <s@x.example> ezt írta (időpont: 2025. máj. 8., Cs, 17:34):

> a
""",
    "ro2": """
Pe joi, 8 mai 2025 la 17:34, Support <s@x.example> a scris:

> a
""",
    "sv2": """
Den tors 8 maj 2025 kl 17:34 skrev Support <s@x.example>:

> a
""",
    "fi2": """
to 8. toukok. 2025 klo 17.34 Support <s@x.example> kirjoitti:

> a
""",
    "da2": """
Den tor. 8. maj 2025 kl. 17.34 skrev Support <s@x.example>:

> a
""",
    "no mobile": """
8. mai 2025 kl. 17:34 skrev Support <s@x.example>:

a
""",
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

DEVICES = """
Sent from my iPhone
Sent from my iPad
Sent from my Samsung Galaxy smartphone.
Sent from Yahoo Mail on Android
Sent from Mail for Windows
Sent from Outlook for Android
Sent from Proton Mail for iOS
Sent with Proton Mail secure email.
Get Outlook for iOS
Get Outlook for Android<https://aka.ms/ghei36>
Sent from my mobile, please excuse any typos.
Sent from my TI-85
Von meinem iPhone gesendet
Von meinem Samsung Gerät gesendet.
Gesendet mit der GMX Mail App
Gesendet von Outlook für Android
Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.
Envoyé de mon iPhone
Envoyé depuis mon téléphone Orange
Envoyé à partir de Outlook pour Android
Obtenir Outlook pour iOS
Enviado desde mi iPhone
Enviado desde Outlook para iOS
Obtener Outlook para Android
Enviado do meu iPhone
Enviado a partir do meu telemóvel
Inviato da iPhone
Inviato dal mio telefono
Scarica Outlook per iOS
Verstuurd vanaf mijn iPhone
Verzonden met Outlook voor Android
Outlook voor iOS downloaden
Skickat från min iPhone
Hämta Outlook för iOS
Sendt fra min iPhone
Hent Outlook til iOS
Lähetetty iPhonesta
Lähetetty puhelimesta
Wysłane z iPhone’a
Wysłano z telefonu Samsung
Pobierz program Outlook dla systemu iOS
Отправлено с iPhone
Отправлено из мобильной Яндекс Почты
Отправлено из Mail.ru для Android
Надіслано з iPhone
Odesláno z iPhonu
Odesláno z Outlooku pro iOS
Odoslané z iPhonu
Trimis de pe iPhone-ul meu
Στάλθηκε από το iPhone μου
iPhone'umdan gönderildi
Được gửi từ iPhone của tôi
Dikirim dari iPhone saya
נשלח מה-iPhone שלי
أُرسلت من الـ iPhone
تم الإرسال من هاتفي
发自我的iPhone
发自我的小米手机
發自我的 iPhone
从我的华为手机发送
來自我的 iPhone
从 Windows 版邮件发送
获取 Outlook for iOS
iPhoneから送信
Outlook for iOS を入手
나의 iPhone에서 보냄
Galaxy에서 보냄
ส่งจาก iPhone ของฉัน
मेरे iPhone से भेजा गया
Virus-free.www.avast.com
""".strip().split("\n")


@pytest.mark.parametrize("program", ATTRIBUTIONS)
@pytest.mark.parametrize("quote", ["> the earlier mail\n>\n> in two lines", "\nthe earlier mail\n\nin two lines"])
def test_an_attribution_begins_the_earlier_mail(program: str, quote: str) -> None:
    folded = fold(f"Thanks, it works now.\n\nAda\n\n{ATTRIBUTIONS[program]}\n{quote}\n")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.\n\nAda", True)


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_an_attribution_right_below_takes_no_line_along(program: str) -> None:
    """Numbers in the line above are no part of the date below."""
    folded = fold(f"Thanks, 10:00 on 3 March suits us\n{ATTRIBUTIONS[program]}\n> the earlier mail")
    assert folded.text == "Thanks, 10:00 on 3 March suits us"


@pytest.mark.parametrize("program", ATTRIBUTIONS)
def test_an_answer_below_the_quotation_is_the_answer(program: str) -> None:
    assert fold(f"{ATTRIBUTIONS[program]}\n> Which colour?\n\nBlue, please.").text == "Blue, please."


@pytest.mark.parametrize("program", HEADERS)
def test_a_header_begins_the_earlier_mail(program: str) -> None:
    folded = fold(f"Thanks, it works now.\n\n{HEADERS[program].strip()}\n\nthe earlier mail\n")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.", True)


@pytest.mark.parametrize("program", TAILS)
def test_whatever_a_program_leaves_below_is_folded(program: str) -> None:
    folded = fold(f"Thanks, it works now.\n\n{TAILS[program]}")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.", True)


@pytest.mark.parametrize("language", OUTLOOK)
def test_outlook_begins_the_earlier_mail_in_every_language(language: str) -> None:
    labels = OUTLOOK[language].split("|")
    values = ["Ada Lovelace", "2026/03/02 10:00", "Support", "RE: Order"]
    header = "\n".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    folded = fold(f"Thanks, it works now.\n\n{header}\n\nthe earlier mail\n")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.", True)


@pytest.mark.parametrize("line", DEVICES)
def test_what_a_device_adds_is_folded(line: str) -> None:
    folded = fold(f"Thanks, it works now.\n\n{line}\n")
    assert (folded.text, folded.is_shorter) == ("Thanks, it works now.", True)


@pytest.mark.parametrize("line", DEVICES)
def test_what_a_device_adds_between_answer_and_quotation_is_folded(line: str) -> None:
    text = (
        f"Thanks, it works now.\n\n{line}\n\nOn 2 Mar 2026, at 10:00, Ada <ada@x.example> wrote:\n\n> the earlier mail"
    )
    assert fold(text).text == "Thanks, it works now."


@pytest.mark.parametrize(
    "text",
    [
        # sentences that look like what programs write
        "On Monday I wrote to you:\nplease cancel my order.",
        "On 3 March 2026 I wrote to you:\n\nPlease cancel my order.\n\nNothing happened.",
        "On 3 March 2026 at 10:00 I wrote:\nplease cancel.\nNothing happened.",
        "On 3 March 2026 your colleague wrote:\nWe will refund you.\nNothing came.",
        "Am 2. März 2026 um 10:00 schrieb ich Ihnen:\nbitte stornieren.\nEs kam nichts.",
        "Den 2 mars 2026 kl. 10:00 skrev jag till er:\nInget svar.",
        "2 марта 2026 в 10:00 я написал вам:\nответа нет.",
        "On 3 May at 10:00 the driver said that he wrote to me:\nno.",
        "Please send the invoice of 2 March 2026 to billing@x.example:\nwe need it.",
        "She wrote:\nthat it works.",
        "The error says:\n\n> connection refused",
        "You told me this:\n\n> it ships on Monday\n\nIt did not.",
        # fields that people name
        "I want to book.\n\nFrom: Berlin\nTo: Paris\nDate: 3 May 2026\n\nTwo seats, please.",
        "Here is the header:\nFrom: a@x.example\nTo: b@x.example\nSubject: hi\nWhy did I get it?",
        "Name: Ada\nOrder: 7\nDate: 3 May 2026\n\nWhere is it?",
        # what was sent, and how
        "I returned it.\nSent via DHL on Monday.",
        "Das Paket ist zurück.\nGesendet mit DHL am Montag.",
        "Le colis est parti.\nEnvoyé de Paris le 3 mars.",
        "El paquete salió.\nEnviado desde el almacén de Madrid.",
        "Посылка ушла.\nОтправлено из Москвы вчера.",
        "Paketti lähti.\nLähetetty eilen.",
        "Which app do I use?\nI write this from my phone and it works.",
        "From my phone I cannot log in",
        "Sent from my iPhone app, the form fails. Why?",
        "Mit meinem Handy geht es nicht",
        "包裹已经寄出。\n从上海发货。",
        # lines, tables, prompts
        "Order one: 3 lamps\n\n----\n\nOrder two: 4 lamps",
        "| SKU | Qty |\n| 17 | 3 |",
        "Two points:\n-- the first\n-- the second\nThanks",
        "====\nA heading\n====\n\nand text",
        "5 > 3\n3 < 5",
        "From: now on\nI read mails at 10:00 only",
    ],
)
def test_what_a_person_wrote_is_left_alone(text: str) -> None:
    folded = fold(text)
    assert (folded.text, folded.is_shorter) == (text, False)


def test_answers_between_the_quoted_lines_keep_them() -> None:
    text = "On 2 Mar 2026 at 10:00, Ada wrote:\n> Which colour?\n\nBlue.\n\n> Which size?\n\nBig."
    assert fold(text).text == text
    assert fold(f"{text}\n\n> And the address?\n> The old one?").text == text
    assert fold(f"{text}\n\n-- \nTom").text == text
    assert fold(f"Hi\n\n{text}\n\n> And the address?").text == f"Hi\n\n{text}"
    tight = "On 2 Mar 2026 at 10:00, Ada wrote:\n> Which colour?\nBlue.\n> Which size?\nBig."
    assert fold(f"Hi\n\n{tight}").text == f"Hi\n\n{tight}"
    assert fold(f"See my answers below.\n\n{text}").text == f"See my answers below.\n\n{text}"


def test_a_divider_within_the_quotation_does_not_hide_the_answer_below_it() -> None:
    quote = "On 2 Mar 2026 at 10:00, Ada wrote:\n> Which?\n> -----Original Message-----\n> From: Tom"
    text = f"See below.\n\n{quote}\n\nThe blue one, as always."
    assert fold(text).text == text


def test_a_quotation_that_quotes_in_turn_is_folded() -> None:
    older = "On 1 Mar 2026, at 9:00, Tom <tom@x.example> wrote:\n> older"
    text = f"Blue.\n\nOn 2 Mar 2026, at 10:00, Ada <ada@x.example> wrote:\n> old\n\n{older}"
    assert fold(text).text == "Blue."
    assert fold(f"{text}\n\n-- \nTom").text == "Blue."
    header = "From: Tom\nSent: Monday\nTo: Ada\nSubject: Order"
    assert fold(f"{text}\n\n{header}\n\nthe oldest").text == "Blue."


@pytest.mark.parametrize("divider", ["----- Original Message -----", "--- begin forwarded text", "-----Ubutumwa-----"])
def test_a_mail_that_is_all_forwarded_is_shown(divider: str) -> None:
    header = "From: Tom\nTo: Ada\nSent: Monday\nSubject: Order"
    assert "the order" in fold(f"{divider}\n{header}\nthe order\nin two lines").text
    assert "the order" in fold(f"{divider}\n{header}\n\nthe order\nin two lines").text


def test_only_the_lines_that_programs_wrap_are_taken_for_an_overhang() -> None:
    attribution = "On 2 Mar 2026, at 10:00, Ada <ada@x.example> wrote:"
    quote = f"{attribution}\n> Please tell me which of the two colours you would like to\nhave\n> and when."
    assert fold(f"Blue.\n\n{quote}").text == "Blue."


def test_footers_below_a_signature_are_folded_with_it() -> None:
    footer = "__________________\nDo you like our mailboxes?\nhttps://mail.example\n\n-- \nThe list\nlist@x.example"
    assert fold(f"Thanks, it works now.\n\n-- \nAda\n\n{footer}").text == "Thanks, it works now."
    assert fold(f"Thanks, it works now.\n\n{footer}").text == "Thanks, it works now."


@pytest.mark.parametrize(
    ("signature", "is_folded"),
    [
        ("-- \nAda Lovelace\nAnalyst\n+44 20 7946 0000", True),
        ("--\nAda Lovelace", True),
        ("\u2014\nAda", True),
        ("\u2014\u2014\u2014\nAda", True),
        ("_______________\nlist mailing list\nlist@x.example", True),
        ("--\n" + "\n".join(f"Point {number}: this has to be done" for number in range(30)), False),
        ("____________\n" + "\n".join(f"Point {number}" for number in range(30)), False),
        ("Best regards\nAda Lovelace", False),
    ],
)
def test_signatures(signature: str, is_folded: bool) -> None:
    written = "Thanks, it works now."
    assert fold(f"{written}\n\n{signature}").text == (written if is_folded else f"{written}\n\n{signature}")
