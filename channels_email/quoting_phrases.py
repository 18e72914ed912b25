"""How mail programs word what they add, in the languages they speak: the data, and the matching of one line.

A verb alone says too little (“she wrote:”), so an attribution also needs a date or an address beside it. Everything
here is called for each line of every mail: what is cheap is asked first, and no pattern can run away.
"""

import re


def _any(lines: str) -> str:
    """Return one alternative of a pattern for each line and each bar in it."""
    return "|".join(line.strip() for line in lines.strip().splitlines())


# “wrote”, as it stands at or near the end of the line above a quotation.
_WROTE = _any("""
    wrote|writes|said|a écrit|écrivait|a ecrit|schrieb(?:en)?|hat geschrieben|ha scritto|scrisse|skrev|skreiv
    napisał(?:\\(a\\)|a|/a)?|napisal(?:\\(a\\)|a|i)?|pisze|escreveu|escribió|escribio|va escriure|schreef
    (?:heeft )?geschreven|kirjoitti|написал(?:\\(а\\)|а|и)?|пишет|пише|написав(?:ла)?|написа|yazdı|şun(?:u|ları) yazdı
    έγραψε|napísal(?:\\(a\\)|a)?|a scris|(?:ezt )?írta|je napisa[ol](?:/la|la)?|rašė|rakstīja|kirjutas|skrifaði
    menulis|đã viết|เขียน(?:ว่า)?|写道|寫道|写到|來信|のメール|のメッセージ|(?:さん(?:は|が))?書きました
    (?:님이 )?작성|썼습니다|כתב(?:ה)?|كتب(?:ت)?|نوشت|ने लिखा|idatzi du
""")
# “On”, as such a line begins.
_ON = _any("""
    on|at|le|am|il|in data|den|på|dnia|w dniu|em|em ter|el|el día|a la data|op|dne|dňa|la|pe|pada|vào|στις|tarihinde
    в|на|пн|вт|ср|чт|пт|сб|вс|mon|tue|wed|thu|fri|sat|sun|ons|ti|ke|to|su|ma|בתאריך|في|در|由|在
""")
_ATTRIBUTION = re.compile(rf"(?i)(?:^|[\s>\")\u3000\u4e00-\u9fff]|(?<=\d))(?:{_WROTE})(?:\W|$)")
_OPENER = re.compile(rf"(?i)[\s*_\"«>|]{{0,20}}(?:{_ON})[\s,.:]")
_DATE = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[:.hH]\d{2}|\b(?:19|20)\d{2}\b|\d{1,2}\.?\s+[^\W\d]{3,}"
    r"|\d{4}\s*[年년]|\d{1,2}\s*[月월]"
)
_ENDS_LIKE_ONE = re.compile(r"(?:[:：][*_\"»]*|[:：]\s*\S{0,3}|のメール|のメッセージ)\s*$")
# A line such as “2013/7/20 sam via Discourse Meta <info@discourse.org>”: date, name and address, no verb.
_DATED_MAILBOX = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[^<>]{2,120}<\s*[^<>\s]+@[^<>\s]+>:?")
# Date and mailbox with a colon, as Gmail writes it in languages where the verb would stand nowhere.
_ENDS_WITH_MAILBOX = re.compile(r"<\s*[^<>\s]+@[^<>\s]+>\s*[:：]$")
# “---- On Wed, 24 Feb 2021 14:02:50 +0530 somebody wrote ----”
_RULED = re.compile(r"-{2,}\s*(.*?)\s*-{2,}")
_LONGEST_ATTRIBUTION = 400

_DIVIDERS = _any("""
    original (?:message|mail|appointment|meddelelse)|repl(?:y|ied) message|previous message|forwarded (?:message|mail)
    begin forwarded message|forwarded by .{1,80}|message d'origine|message original|message transf[ée]r[ée]
    message transmis|urspr[uü]ngliche nachricht|original-?nachricht|weitergeleitete nachricht|messaggio originale
    messaggio inoltrato|mensaje original|mensaje reenviado|mensagem original|mensagem encaminhada
    oorspronkelijk bericht|doorgestuurd bericht|originalmeddelande|ursprungligt meddelande|vidarebefordrat meddelande
    oprindelig meddelelse|opprinnelig melding|videresendt melding|alkuperäinen viesti|oryginalna wiadomość
    wiadomość (?:oryginalna|przekazana)|исходное сообщение|пересылаемое сообщение|пересланное сообщение
    оригинальное сообщение|původní (?:zpráva|e-mail)|pôvodná správa|eredeti üzenet|mesaj original|orijinal mesaj
    özgün ileti|iletilen mesaj|αρχικό μήνυμα|原始邮件|原始郵件|邮件原件|转发的邮件|轉寄郵件|回复的原邮件
    元のメッセージ|転送(?:された)?メッセージ|원본 (?:메시지|메일)|전달된 메시지|tin nhắn gốc|thư gốc|pesan asli
    הודעה מקורית|الرسالة الأصلية|رسالة معاد توجيهها
""")
_DIVIDER = re.compile(
    rf"(?i)[\s*_>]{{0,9}}[-_\u2013\u2014=]{{2,}}[\s*]*(?:{_DIVIDERS})[\s*:]*[-_\u2013\u2014=]*[\s*]*"
    r"|begin forwarded message:|原始邮件|原始郵件"
)
_DIVIDERS_BEGIN = frozenset("-_=\u2013\u2014*>bB原")

_HEADERS = {
    "from": _any("""
        from|de|von|da|van|från|fra|od|от|от кого|kimden|gönderen|lähettäjä|feladó|από|发件人|發件人|寄件者|差出人
        送信者|보낸 ?사람|từ|dari|מאת|من|expéditeur|remitente|mittente|afzender|avsändare|від
    """),
    "sent": _any("""
        sent|date|envoyé|gesendet|datum|data|inviato|verzonden|skickat|sendt|dato|wysłano|отправлено|дата|надіслано
        tarih|gönderil(?:me|di)|lähetetty|päivämäärä|elküldve|dátum|enviado(?: el| em)?|fecha|enviada(?: em)?
        στάλθηκε|ημερομηνία|odesláno|odoslané|trimis|发送时间|傳送時間|寄件日期|日期|送信日時|日付|日時|보낸 ?날짜|날짜
        đã gửi|ngày|dikirim|tanggal|נשלח|תאריך|التاريخ|تاريخ الإرسال
    """),
    "to": _any("""
        to|à|an|a|aan|till|til|do|кому|kime|alıcı|vastaanottaja|címzett|para|προς|komu|către|收件人|收件者|宛先
        받는 ?사람|đến|kepada|אל|إلى|destinataire|destinatario
    """),
    "cc": "cc|kopie|kopia|copia|copie|копия|抄送|副本|참조|bilgi|kopi|dw",
    "subject": _any("""
        subject|objet|betreff|oggetto|onderwerp|ämne|emne|temat|тема|konu|aihe|tárgy|asunto|assunto|θέμα|předmět|predmet
        subiect|主题|主旨|主題|件名|제목|chủ đề|subjek|perihal|נושא|الموضوع|risposta
    """),
    "reply-to": "reply-to|rispondi a|antwort an|répondre à|responder a|svar til|odpowiedz do|答复|返信先|회신",
}
_HEADER_NAMES = list(_HEADERS)
_HEADER = re.compile(
    r"(?i)[\s>*_]{0,8}(?:"
    + "|".join(f"(?P<h{number}>{names})" for number, names in enumerate(_HEADERS.values()))
    + r")[\s*_\u3000]{0,4}[:：][\s*_\u3000]"
)

_DEVICES = _any("""
    sent (?:from|via|with|by|using) (?!the\\b|our\\b|your\\b).{1,80}|someone from mobile|via mobile.{0,20}
    from my (?:iphone|ipad|android|phone|mobile).{0,40}|get (?:\\[)?outlook for .{1,80}
    download (?:the )?.{1,20} app.{0,40}|envoyé (?:depuis|de|à partir) .{1,80}
    (?:diese nachricht wurde )?von mein(?:em|er|) .{1,80}|gesendet (?:von|mit|aus) .{1,80}
    inviato (?:da|dal|con) .{1,80}|enviad[oa] (?:desde|do|de|a partir|através) .{1,80}
    verzonden (?:met|vanaf|vanuit) .{1,80}|verstuurd vanaf .{1,80}|skickat från .{1,80}|sendt fra .{1,80}
    lähetetty .{1,80}|wysłan[eoy] z .{1,80}|отправлено (?:с|из) .{1,80}|надіслано з .{1,80}|odesláno z .{1,80}
    odoslané z .{1,80}|elküldve .{1,40}(?:ról|ből|ről)|trimis (?:de pe|din) .{1,80}|στάλθηκε από .{1,80}
    (?:iphone|ipad|android).{0,20}(?:dan|den|tan|ten) gönderildi.{0,20}|從我的 ?.{1,30} ?傳送.{0,10}
    从我的 ?.{1,30} ?发送.{0,10}|发自我的.{1,30}|發自我的.{1,30}|.{1,20}から送信.{0,10}|나의 .{1,20}에서 보냄.{0,10}
    được gửi từ .{1,60}|dikirim dari .{1,60}|נשלח מ.{1,40}|أُ?رسل(?:ت)? من .{1,40}
""")
_DEVICE = re.compile(rf"(?i)[\s<(*_\[]{{0,9}}(?:{_DEVICES})[\s>)*_\]]*")
_LONGEST_DEVICE = 160


def may_begin_attribution(line: str) -> bool:
    """Tell whether `line` could be the first part of a broken attribution; cheap, called for every line."""
    if len(line) > _LONGEST_ATTRIBUTION:
        return False
    return "@" in line or bool(_OPENER.match(line) or _DATE.search(line))


def may_end_attribution(line: str) -> bool:
    """Tell whether `line` could be the last part of an attribution; cheaper still."""
    tail = line[-6:]
    return ":" in tail or "：" in tail or tail.rstrip().endswith((">", "のメール", "メッセージ"))


def is_attribution(line: str) -> bool:
    """Tell whether `line` says that somebody wrote what follows."""
    if len(line) > _LONGEST_ATTRIBUTION:
        return False
    if _DATED_MAILBOX.fullmatch(line) or (_ENDS_WITH_MAILBOX.search(line) and _DATE.search(line)):
        return True
    if not _ENDS_LIKE_ONE.search(line) or not _ATTRIBUTION.search(line):
        return False
    return "@" in line or _DATE.search(line) is not None


def is_divider(line: str) -> bool:
    """Tell whether `line` is drawn between a reply and the earlier mail."""
    line = line.strip()
    if len(line) > _LONGEST_ATTRIBUTION or line[:1] not in _DIVIDERS_BEGIN:
        return False
    ruled = _RULED.fullmatch(line)
    return _DIVIDER.fullmatch(line) is not None or (ruled is not None and is_attribution(f"{ruled[1]}:"))


def header_name(line: str) -> str:
    """Return which header field `line` names (from, sent, to, cc, subject, reply-to), empty where it names none."""
    if ":" not in line and "：" not in line:
        return ""
    match = _HEADER.match(line)
    return _HEADER_NAMES[int(match.lastgroup[1:])] if match and match.lastgroup else ""


def is_device(line: str) -> bool:
    """Tell whether a phone or mail program wrote `line` by itself."""
    return len(line) <= _LONGEST_DEVICE and _DEVICE.fullmatch(line) is not None
