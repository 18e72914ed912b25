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


def test_only_the_lines_that_programs_wrap_are_taken_for_an_overhang() -> None:
    attribution = "On 2 Mar 2026, at 10:00, Ada <ada@x.example> wrote:"
    quote = f"{attribution}\n> Please tell me which of the two colours you would like to\nhave\n> and when."
    assert fold(f"Blue.\n\n{quote}").text == "Blue."


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
