"""How mail programs title and begin what they write by themselves, in many languages, as patterns over lower-case text.

Without IGNORECASE the machine skips an alternative at its first letter, which makes a search five times as fast.
"""

import re

from channels_email.phrases import any_of

# Titles that an autoresponder puts in front of, or instead of, the subject it answers.
_ANSWERS = any_of(
    r"""
automat(?:ic|ed) (?:reply|response|answer)|auto[ -]?(?:reply|response|responder|matic reply)|autom\. reply
out[ -]of[ -](?:the[ -])?office(?: (?:auto[ -]?)?(?:reply|autoreply|message|notice|notification|response))?|ooo
(?:vacation|holiday|away|absence)[ -](?:auto[ -]?)?(?:reply|response|message|notice|notification)
automatische (?:antwort|rückantwort|benachrichtigung)
abwesenheits(?:notiz|nachricht|meldung|benachrichtigung|assistent)|abwesenheit|autoantwort|eingangsbestätigung
réponse automatique|reponse automatique|absence du bureau|absent(?:e)? du bureau|message d'absence
notification d'absence|avis d'absence|respuesta autom[aá]tica|fuera de (?:la )?oficina|ausente de la oficina
contestaci[oó]n autom[aá]tica|aviso de ausencia|resposta autom[àá]tica|risposta automatica|fuori sede
fuori ufficio|resposta autom[áa]tica|fora do escrit[óo]rio|aus[êe]ncia tempor[áa]ria|automatisch antwoord
automatische reactie|afwezigheids(?:bericht|melding|assistent)|niet aanwezig|automatiskt svar|autosvar
automatisk svar|frånvaromeddelande|ikke til stede|fraværsmelding|fraværsbesked|automaattinen vastaus
poissaoloviesti|sjálfvirkt svar|automatyczna odpowied[źz]|odpowied[źz] automatyczna|autoodpowied[źz]
nieobecno[śs][ćc]|poza biurem|automatická odpov[ěe][ďd]|automatick[áa] odpove[ďd]|mimo kancel[áa][řr]
nepř[íi]tomnost|automatikus v[áa]lasz|h[áa]zon k[íi]v[üu]l|automatski odgovor|samodejni odgovor
automatinis atsakymas|automātiskā atbilde|automaatvastus|r[ăa]spuns automat|автоматичен отговор
автоматический ответ|автоответ(?:чик)?|автоматична відповідь|автовідповідь|нет на месте
отсутств(?:ие|ую) (?:на|в) (?:рабочем месте|офисе)|otomatik (?:yan[ıi]t|cevap)|ofis d[ıi][şs][ıi]nda
αυτόματη απάντηση|εκτός γραφείου|الرد التلقائي|رد تلقائي|رد آلي|تשובה אוטומטית|תשובה אוטומטית|מענה אוטומטי
پاسخ خودکار|自动(?:答复|回复|回覆|应答)|自動(?:答覆|回覆|回復|回复|応答|返信)|外出通知|不在通知
不在(?:連絡|のお知らせ|届)|休暇(?:通知|のお知らせ)|请假自动回复|休假(?:通知|自动回复)|자동 ?(?:회신|응답|답장)
부재 ?중 ?(?:알림|자동)|부재중|trả lời tự động|ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ
balasan (?:otomatis|automatik)|jawapan automatik|स्वचालित (?:उत्तर|जवाब)
"""
)
# The end decides: "Out of office" is such a title, "Out of office hours, who answers?" is not.
AUTO_REPLY = re.compile(
    rf"\s*(?:\[?(?:{_ANSWERS.pattern})\]?\s*(?:[:：;\-–—|(\[<「【]|$|re:|aw:|fw:)"
    r"|\s*(?:auto|autoreply|abwesend|absent|abwesenheit)\s*[:：]"
    r"|(?:i am|i'm|ich bin|je suis) (?:currently |derzeit |actuellement )?(?:out of (?:the )?office"
    r"|on (?:vacation|holiday|annual leave|leave)|away from (?:the|my) (?:office|desk)"
    r"|nicht im (?:büro|haus)|im urlaub|absente?|en (?:congé|vacances))"
    r"|(?:on|annual) leave until|away until \d|away from (?:the|my) office(?: (?:until|from|till)|$))"
)
# A guard at somebody's mailbox asks the sender to prove that a person wrote.
CHALLENGE = any_of(
    r"""
(?:re: .{0,200})?\[(?:spam ?arrest|boxbe)\b|.{0,200}\((?:automatic|automated): challenge\)
.{0,200}\(action required\)\s*$
(?:re: )?(?:please )?(?:confirm|verify) (?:your (?:message|mail|e-?mail)(?: to .{1,100})?
    |that you sent .{0,100}|delivery of .{0,100})\s*$
(?:e-?mail |sender |message )?verification (?:required|requested)\b
"""
)
CHALLENGE_BODY = any_of(
    r"""
(?:spam|unsolicited|junk)[\s\S]{0,1500}https?://|https?://[\s\S]{0,1500}(?:spam|unsolicited|junk)
approved? senders?|challenge
"""
)
# What machines title their reports about mail that was not, or not yet, delivered.
FAILURE = any_of(
    r"""
undeliver|un-?deliverable
delivery (?:status|failure|failed|has failed|report|problem|notification|error|incomplete|delayed)
delivery .{0,20}fail|returned (?:mail|to sender|e-?mail)|returning (?:message|mail) to sender
(?:mail|message|e-?mail) (?:delivery |system |could )?(?:failed|error|failure|could not be|returned|rejected
    |status|bounced|not delivered)
failure notice|failure delivery|failed delivery|failed mail|non-?delivery|nondeliverable|could ?n.t be delivered
could not be delivered|not delivered|wasn't delivered|error sending your mail|failed to deliver
permanent (?:delivery )?(?:failure|error)|\bbounce(?:d)? (?:mail|message|action)|could not send message
message you sent blocked|rejected (?:mail|message)|mail transaction failed|smtp server: errors|postmaster notify
considered unsolicited|banned .{0,40}from you|virus .{0,60}from you|warning: (?:message|could not)
delivery ?status|non.?remis|unzustellbar|zustellung.{0,30}(?:fehl|nicht|gescheitert)
nicht (?:zugestellt|zustellbar)|unzustellbarkeit|fehlgeschlagene|zustell(?:fehler|bericht)
fehler bei der (?:zustellung|übermittlung)|échec (?:de|d')|non distribu
retour (?:de|du) (?:mail|courrier|message)|impossible de remettre|no se (?:ha )?(?:pudo|puede|podido) entregar
no entregad|no se ha podido|devuelto|error (?:de|en la) entrega|fallo (?:de|en la) entrega
falha (?:na|de) entrega|n[ãa]o (?:foi )?entregue|n[ãa]o entreg|devolvid|mancata consegna|non recapitabil
impossibile recapitare|recapito non riuscito|messaggio non|niet (?:te bezorgen|bezorgd|afgeleverd)|onbestelbaar
olevererbart|kan ikke leveres|det går inte att leverera|kunne ikke leveres|ei voitu toimittaa
toimitus epäonnistui|toimittamaton|niedostarcz|nie (?:można|udało się) dostarczyć|zwrot (?:poczty|wiadomości)
nedoručiteln|nedoručen|kézbesíthetetlen|kézbesítési|teslim edilemedi|iletilemedi|nu a (?:putut fi )?livrat
nelivrat|δεν παραδόθηκε|αδύνατη η παράδοση|не ?доставлен|недоставлен|не может быть доставлено
не удалось доставить|не удается доставить|ошибка доставки|возврат (?:письма|почты)|не вдалося доставити
غير قابل للتسليم|تعذر تسليم|לא ניתן למסור|退信|退件|退回|无法(?:送达|投递|传递)|無法(?:傳遞|傳送|送達)|未送达
未传递|发送失败|發送失敗|投递失败|投遞失敗|传送失败|配信.{0,6}(?:失敗|不能|できません|エラー)|配信不能
送信.{0,6}(?:失敗|できません|エラー)|メールエラー|エラーメール|不達|返送|返却|배달되지 않|배달할 수 없
전송 ?실패|발송 ?실패|반송
"""
)
# The words with which machines begin such a report; nobody writes a letter that begins so.
OPENING = any_of(
    r"""
this (?:message|mail|e-?mail|report) (?:was|is|has been) (?:an? )?(?:created |generated |sent )?(?:created[ ]
    |generated )?automatic
^\W*(?:hi\. )?this is the (?:qmail-send|mail(?:er-daemon| system| delivery)|dragonfly|email system|program)
i'm (?:sorry to have to inform you|afraid i wasn't able)|could not be delivered(?: to| because|\.|$)
was undeliverable|was not relayed to|undeliverable to|unable to deliver (?:your |the |this )?(?:message|mail)
(?:were|was) unable to deliver your|delivery (?:to|of) [^\n]{0,80}(?:failed|has failed|aborted)
^\W*(?:unknown user|user mailbox exceeds|invalid final delivery|delivery failed|no such user
    |user's mailbox is full|error: invalid user)
did not reach the following|error (?:has )?occurred while (?:trying|attempting) to deliver
we had trouble delivering|could not be sent|failed (?:addresses|recipients?) follow
the following address(?:es)?\W{0,4} (?:had|failed)|mail delivery (?:agent|system|failed)
the following message to|konnte nicht (?:zugestellt|übermittelt|ausgeliefert)
n'a pas pu être (?:remis|délivré|distribué|envoyé|transmis)|no (?:pudo|ha podido) ser entregad
no se (?:pudo|ha podido) entregar|non (?:è stato possibile|può essere|è stato) (?:recapit|consegn)
não (?:pôde|pode|foi possível) (?:ser )?entreg|не может быть доставлено|не было доставлено|не удалось доставить
nie (?:mogła|może|została) (?:zostać |być )?dostarczon|kon niet worden (?:bezorgd|afgeleverd)
kunde inte levereras|teslim edilemedi|邮件被退回|退信原因|无法(?:投递|送达|发送)|無法(?:投遞|送達|傳送|傳遞)
投递失败|被(?:对方|對方)[^\n]{0,10}拒|送信できません|配信できません|お届けできません|送信先の?メール
あて先へのメッセージ|배달하지 못|전달되지 못|전송하지 못
"""
)
