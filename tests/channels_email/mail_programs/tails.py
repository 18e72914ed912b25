"""What else stands below an answer, as it came with the earlier mail: in many languages."""

LANGUAGES = {
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
}
