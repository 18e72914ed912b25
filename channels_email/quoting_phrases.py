"""How mail programs word what they add, in the languages they speak: the data, and the matching of one line.

A verb alone says too little (“she wrote:”), so an attribution also needs what only a program writes beside it: an
address in brackets, or a date with its time. Everything here is called for many lines of every mail: what is cheap is
asked first, and no pattern can run away.
"""

import re


def any_of(lines: str) -> str:
    """Return one alternative of a pattern for each line and each bar in it."""
    return "|".join(line.strip() for line in lines.strip().splitlines())


# “wrote”, as it stands at or near the end of the line above a quotation. Programs write of others: no first person.
_WROTE = any_of("""
    wrote|writes|said|a écrit|écrivait|a ecrit|schrieb(?:en)?|hat geschrieben|ha scritto|scrisse|skrev|skreiv
    napisał(?:\\(a\\)|a|/a)?|napisal(?:\\(a\\)|a|i)?|pisze|escreveu|escribió|escribio|va escriure|ha escrit|schreef
    (?:heeft )?geschreven|kirjoitti|написал(?:\\(а\\)|а|и)?|пишет|пише|написав(?:ла)?|написа|написао|піша|напісаў
    yazdı|şun(?:u|ları) yazdı|yazıb|έγραψε|nap[íi]?sal(?:\\(a\\)|a|i)?|a scris|(?:ezt )?írta|je napisa[ol](?:/la|la)?
    napisao(?:/la)? je|napisala je|je oseba|rašė|rakstīja|kirjutas|skrifaði|menulis|đã viết|เขียน(?:ว่า)?|idatzi du
    写道|寫道|写到|來信|のメール|のメッセージ|(?:さん(?:は|が))?書きました|(?:さん(?:は|が))?書き込みました
    (?:님이 |님이)?작성(?:하였습니다|했습니다|함)?|썼습니다|씀|כתב(?:ה|/ה)?|كتبت?|تمت كتابة ما يلي|نوشته?
    ने लिखा|লিখেছেন
    எழுதியது|sinulat|escribiu|γράφει
""")
_MINE = r"\b(?:i|we|ich|wir|ik|wij|jag|jeg|eg|vi|я|мы|ми|мене|moi|nous|yo|eu|io|minä|me)\b"
# “On”, as such a line begins.
_ON = any_of("""
    on|at|le|am|il|in data|den|på|dnia|w dniu|em|em ter|el|el día|a la data|op|dne|dňa|la|pe|pada|vào|vào lúc|στις
    tarihinde|в|на|у|пн|вт|ср|чт|пт|сб|вс|нд|mon|tue|wed|thu|fri|sat|sun|ons|ti|ke|to|su|ma|noong|ngày|mnamo|v
    בתאריך|ב|في|بتاريخ|در تاریخ|در|由|在|於|于|เมื่อ|दिनांक
""")
_ATTRIBUTION = re.compile(rf"(?i)(?:^|[\s>\"”'»)\u3000\u4e00-\u9fff,，，]|(?<=\d))(?:{_WROTE})(?:\W|$)")
_OF_MINE = re.compile(rf"(?i)(?:{_MINE})\W+(?:\w+\W+)?(?:{_WROTE})(?:\W|$)|(?:{_WROTE})\W+(?:{_MINE})")
# After an English verb, or another that ends the line, nothing follows but the colon: “wrote to you:” is a person's.
_NOT_LAST = re.compile(
    r"(?i)(?:^|\s)(?:wrote|writes|said|a écrit|ha scritto|escribió|escreveu)\s+(?:to|me|us|that|in|à|a|que|che)\b"
)
_OPENER = re.compile(rf"(?i)[\s*_\"«>|]{{0,20}}(?:{_ON})[\s,.:]")
_DATE = re.compile(
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}[:.hH]\d{2}|\b(?:19|20)\d{2}\b|\d{1,2}\.?\s+[^\W\d]{3,}"
    r"|\d{4}\s*[年년]|\d{1,2}\s*[月월]"
)
_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.hH時点시]\s?\d{2}(?![\d.]*\d{3})")
_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2}\b")
_ENDS_LIKE_ONE = re.compile(r"(?:[:：]|のメール|のメッセージ)[^\w]{0,6}$")
_CLOSING = ' \t\xa0*_"»>)\u200e\u200f\u202c\u2069'
# A line such as “2013/7/20 sam via Discourse Meta <info@discourse.org>”: date, name and address, no verb.
_DATED_MAILBOX = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[^<>]{2,120}<\s*[^<>\s]+@[^<>\s]+>:?")
_MAILBOX = re.compile(r"[<(（\[]\s*(?:mailto:)?[^<>()\[\]\s（）]{1,120}@[^<>()\[\]\s（）]{1,120}[>)）\]]")
# Where a line begins with a whole date, an attribution may begin there.
_BEGINS_WITH_DATE = re.compile(
    r"\s*(?:\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}\s*[年년]"
    r"|\d{1,2}\.? [^\W\d]{3,}\.? \d{4})"
)
# “Quoting Ada <ada@x.example>:”, as Horde writes it.
_QUOTING = re.compile(
    r"(?i)(?:quoting|zitat von|citando a?|citation de|citat från|citaat van|cytowanie)\s.{0,120}@.{1,90}:"
)
# “Отправлено из Mail для Android …, 10:00 +03:00 от Ada ada@x.example:”, a device and an attribution in one.
_SENT_BY = re.compile(r"(?i)отправлено (?:из|с) .{2,60}\d{1,2}:\d{2} .{1,60}@[^\s@]+:")
# “##- Please type your reply above this line -##”, as helpdesks write it.
_ABOVE = re.compile(
    r"(?i)##-.{3,120}-##|[\W_]{0,20}(?:please )?(?:type |write |enter )?(?:your )?reply above this line[\W_]{0,20}"
)
# “Ada Lovelace ---02.03.2026 10:00:00---Good morning”, as Notes writes it.
_NOTES = re.compile(r"[^<>]{2,80}\s-{3}\d{1,4}[./-]\d{1,2}[./-]\d{2,4} \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?-{3}.{0,200}")
# “---- On Wed, 24 Feb 2021 14:02:50 +0530 somebody wrote ----”
_RULED = re.compile(r"-{2,}\s*(.*?)\s*-{2,}")
_LONGEST_ATTRIBUTION = 400
# What carries the direction of a text, and spaces of no width: between the letters of a name they hide it.
_INVISIBLE = {
    ord(sign): None
    for sign in "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u061c"
}

_DIVIDERS = any_of("""
    original|original (?:message|mail|e-?mail|appointment|meddelelse)|(?:reply|replied) message|previous message
    forwarded (?:message|mail|by .{1,80})|begin forwarded (?:message|text)|message d'origine|message original
    message (?:transf[ée]r[ée]|transmis|d’origine|initial|réexpédié)|urspr[uü]ngliche (?:nachricht|mail|e-mail)
    original-?nachricht|weitergeleitete nachricht|messaggio (?:originale|inoltrato)|mensaje (?:original|reenviado)
    mensagem (?:original|encaminhada|reencaminhada)|missatge original|mensaxe orixinal|oorspronkelijk bericht
    (?:origineel|doorgestuurd) bericht|originalmeddelande|(?:ursprungligt|vidarebefordrat) meddelande
    (?:oprindelig|videresendt) (?:meddelelse|besked)|(?:opprinnelig|videresendt) (?:melding|e-post)
    alkuperäinen viesti|välitetty viesti|(?:oryginalna|przekazana) wiadomość|wiadomość (?:oryginalna|przekazana)
    исходное сообщение|пересылаемое сообщение|пересланное сообщение|оригинальное сообщение|вихідне повідомлення
    пересланное письмо|оригінальне повідомлення|переслане повідомлення|оригинално съобщение|оригинална порука
    původní (?:zpráva|e-mail)|přeposlaná zpráva|pôvodná správa|eredeti üzenet|továbbított üzenet|mesaj(?:ul)? original
    mesaj redirecționat|orijinal (?:mesaj|ileti)|özgün ileti|iletilen (?:ileti|mesaj)|αρχικό μήνυμα
    προωθημένο μήνυμα|izvorna poruka|izvirno sporočilo|originali žinutė|algne kiri|oriģinālā ziņa
    原始邮件|原始郵件|原邮件|邮件原件|转发的?邮件(?:信息)?|轉寄(?:的)?郵件|回复的原邮件|原始信件|原始訊息|原信件
    元のメッセージ|転送(?:された)?メッセージ|元のメール|원본 ?(?:메시지|메일)|전달된 메시지|tin nhắn gốc|thư gốc
    thư đã chuyển tiếp
    pesan (?:asli|diteruskan|terusan)|mesej asal|ข้อความต้นฉบับ|ข้อความเดิม|मूल संदेश|הודעה מקורית|הודעה שהועברה
    (?:الرسالة|رسالة) (?:الأصلية|أصلية|معاد توجيهها)|پیام اصلی
""")
_DASHES = "_\u2010\u2011\u2012\u2013\u2014\u2500=-"
_DIVIDER = re.compile(
    rf"(?i)[\s*_>]{{0,9}}[{_DASHES}]{{2,}}[\s*]*(?:{_DIVIDERS})[\s*:]*[{_DASHES}]*[\s*]*"
    r"|begin forwarded message:|原始邮件|原始郵件"
    r"|début du message (?:transféré|réexpédié) ?:?|anfang der weitergeleiteten nachricht:?"
    r"|inizio messaggio inoltrato:?|inicio del mensaje reenviado:?|início da mensagem (?:re)?encaminhada:?"
    r"|begin doorgestuurd bericht:?|vidarebefordrat brev:?"
    r"|转发的邮件:?|下面是被转发的邮件[:：]|开始转发的邮件[:：]|転送されたメッセージ[:：]?"
    r"|начало переадресованного сообщения:?"
)
_DIVIDERS_BEGIN = frozenset(_DASHES + "#*> \t\xa0")
# A ruled line around a few words: a divider where a quoted header follows, whatever the words are.
_RULED_WORDS = re.compile(rf"[{_DASHES}]{{3,}}[\s*]*[^\s{_DASHES}][^<>@]{{1,50}}?[\s*]*[{_DASHES}]{{3,}}")

_HEADERS = {
    "from": """
        from|de|von|da|van|från|fra|od|от|от кого|kimden|gönderen|lähettäjä|feladó|από|发件人|發件人|寄件人|寄件者
        差出人
        送信者|送信元|보낸 ?사람|보낸이|발신|발신자|보내는 ?사람|từ|người gửi|dari|pengirim|daripada|מאת|من|المرسل
        expéditeur
        remitente|mittente|afzender|avsändare|від|від кого|odesílatel|odosielateľ|nadawca|remetente|απο|จาก|प्रेषक
        از|frá|saatja|kellelt
        siuntėjas|nuo|no|šalje|pošiljatelj|de la|expeditor|ad|de part de|message de|vonseiten|feladója|iš|从|來自|来自
        द्वारा
    """,
    "sent": """
        sent|date|envoyé|envoyé le|gesendet|gesendet am|datum|data|inviato|inviato il|verzonden|skickat|sendt|dato
        wysłano|wysłane
        отправлено|дата|надіслано|відправлено|tarih|gönderilme|gönderildi|gönderim tarihi|lähetetty|päivämäärä
        elküldve|dátum
        enviado|enviado el|enviado em|fecha|enviada|enviada em|enviada el|datum en tijd|sent at|sent on|date sent
        received
        στάλθηκε|ημερομηνία|απεσταλμένο|odesláno|odoslané|trimis|trimis la|kuupäev|saadetud|išsiųsta|nosūtīts
        poslano|poslato|data enviamento
        发送时间|发送日期|傳送時間|寄件日期|寄件時間|日期|时间|時間|送信日時|送信日|日付|日時|보낸 ?날짜|보낸 ?시간
        보낸 ?일시
        날짜|일시|발신일
        đã gửi|gửi|ngày|ngày gửi|dikirim|tanggal|dihantar|tarikh|נשלח|תאריך|التاريخ|تاريخ الإرسال|أُرسل|تاريخ
        ارسال شده|ส่ง|ส่งเมื่อ|วันที่|भेजा गया|दिनांक|message du
    """,
    "to": """
        to|à|an|a|aan|till|til|do|кому|kime|alıcı|vastaanottaja|címzett|para|προς|komu|către|收件人|收件者|宛先|宛て
        받는 ?사람|받는이|수신|수신자|đến|tới|người nhận|kepada|ke|untuk|אל|إلى|المستلم|destinataire|destinatario
        destinatários|        ถึง|प्रति|सेवा में|به
        per|ontvanger|mottagare|modtager|mottaker|adresat|кому:|za|prima|kellele|kam|primatelj|odbiorca|адресат
    """,
    "cc": """
        cc|kopie|kopia|copia|copie|copie à|copia a|копия|копія|抄送|副本|참조|bilgi|kopi|dw|kopi til|másolatot kap|kopio
        κοιν|bcc|cci|密送
    """,
    "subject": """
        subject|objet|betreff|oggetto|onderwerp|ämne|emne|temat|тема|konu|aihe|otsikko|tárgy|asunto|assunto|θέμα
        předmět|predmet
        subiect|主题|主旨|主題|件名|題名|제목|chủ đề|tiêu đề|subjek|perihal|judul|subyek|נושא|الموضوع|موضوع|sujet
        assumpte
        asunto del mensaje
        หัวข้อ|เรื่อง|विषय|efni|teema|zadeva|naslov|tēma|относно|наслов|gaia
    """,
    "reply-to": "reply-to|rispondi a|risposta|antwort an|répondre à|responder a|svar til|odpowiedz do|返信先|회신",
}  # fmt: skip
_SPACES = re.compile(r"[\s\u3000]+")
_LABEL_OF = {
    _SPACES.sub("", label.replace(" ?", "")): name
    for name, labels in _HEADERS.items()
    for label in any_of(labels).split("|")
}
_LONGEST_LABEL = 40
_AROUND_LABEL = " \t\xa0\u3000\u202f>*_\u2022"


def visible(line: str) -> str:
    """Return `line` without direction marks and spaces of no width."""
    return line if line.isascii() else line.translate(_INVISIBLE)


def may_begin_attribution(line: str) -> bool:
    """Tell whether `line` could be the first part of a broken attribution; cheap, called for many lines."""
    if len(line) > _LONGEST_ATTRIBUTION:
        return False
    return "@" in line or _OPENER.match(line) is not None or has_date(line)


def surely_begins_attribution(line: str) -> bool:
    """Tell whether no earlier line can belong to an attribution that `line` belongs to."""
    first = line.lstrip(' \t>*_"«')[:1]
    opens = _OPENER.match(line) is not None and not first.islower()
    return opens or _BEGINS_WITH_DATE.match(line) is not None


def may_end_attribution(line: str) -> bool:
    """Tell whether `line` could be the last part of an attribution; cheaper still."""
    end = line.rstrip(_CLOSING)
    return end.endswith((":", "：", "wrote", "---", "のメール", "メッセージ")) or line.rstrip().endswith(">")


def is_attribution(line: str) -> bool:
    """Tell whether `line` says that somebody wrote what follows, as a program says it."""
    if len(line) > _LONGEST_ATTRIBUTION:
        return False
    ends = line.rstrip('*_"» ').endswith((":", "：", " wrote"))
    if "@" in line and (_is_dated_mailbox(line, ends=ends) or (ends and _is_peculiar(line))):
        return True
    if not _ENDS_LIKE_ONE.search(line) or not _ATTRIBUTION.search(line):
        return False
    if _OF_MINE.search(line) or _NOT_LAST.search(line):
        return False
    return "@" in line or (has_date(line) and _TIME.search(line) is not None)


def _is_dated_mailbox(line: str, *, ends: bool) -> bool:
    return has_date(line) and _MAILBOX.search(line) is not None and (ends or _DATED_MAILBOX.fullmatch(line) is not None)


def _is_peculiar(line: str) -> bool:
    """Tell whether one of the programs wrote `line` that write an address without brackets, or no date."""
    if _QUOTING.fullmatch(line) or _SENT_BY.fullmatch(line):
        return True
    return _BEGINS_WITH_DATE.match(line) is not None and _TIME.search(line) is not None


def has_date(line: str) -> bool:
    """Tell whether `line` names a date or a time."""
    return _DIGIT.search(line) is not None and _DATE.search(line) is not None


def is_weak_attribution(line: str) -> bool:
    """Tell whether `line` may be an attribution: “On May 3, 2025 you wrote:” could be a person's words as well."""
    if len(line) > _LONGEST_ATTRIBUTION or not _ENDS_LIKE_ONE.search(line) or not _ATTRIBUTION.search(line):
        return False
    return bool(_OPENER.match(line) and _YEAR.search(line)) and not (_OF_MINE.search(line) or _NOT_LAST.search(line))


def may_be_divider(line: str) -> bool:
    """Tell whether `line` could be a divider; cheap, called for every line."""
    if line[:1] in _DIVIDERS_BEGIN or "above this line" in line:
        return True
    return line.endswith((":", "：")) or (not line.isascii() and len(line) < 20)


def is_divider(line: str, following: str = "") -> bool:
    """Tell whether `line` is drawn between a reply and the earlier mail, which goes on with `following`."""
    line = line.strip()
    if len(line) > _LONGEST_ATTRIBUTION or not line.strip(_DASHES + " *"):
        return False
    if _DIVIDER.fullmatch(line) or _ABOVE.fullmatch(line) or (_RULED_WORDS.fullmatch(line) and header_name(following)):
        return True
    ruled = _RULED.fullmatch(line)
    return ruled is not None and is_attribution(ruled[1].rstrip(": ") + ":")


def is_notes_attribution(line: str) -> bool:
    """Tell whether HCL Notes quotes a mail below `line`."""
    return len(line) <= _LONGEST_ATTRIBUTION and _NOTES.fullmatch(line) is not None


def header_name(line: str) -> str:
    """Return which header field `line` names (from, sent, to, cc, subject, reply-to), empty where it names none."""
    if ":" not in line and "：" not in line:
        return ""
    head = line[: _LONGEST_LABEL + 20].partition(":")[0]
    wide, wide_colon, _value = head.partition("：")
    label = (wide if wide_colon else head).strip(_AROUND_LABEL)
    if not label or len(label) > _LONGEST_LABEL:
        return ""
    return _LABEL_OF.get(_SPACES.sub("", visible(label)).lower(), "")
