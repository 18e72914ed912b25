"""What mail servers say when they refuse a mail, as patterns over lower-case text on one line.

Words of many servers, collected by what they mean. The sections of PHRASES are tried in order: what names a cause
comes before what only says that something was refused. Every gap is bounded, so that no text takes long.
"""

from channels_email.phrases import any_of, sections

# The command that was refused; the contents first, for whoever refuses these has named the recipient as well.
COMMANDS = sections(
    r"""
[data]
in reply to (?:end of )?data|after (?:end of )?data|after (?:sending|transmitting) (?:the )?(?:data|message)
>>> (?:data|bdat|\.)(?: |$)|did not like our (?:final )?data|after i sent the message|for text command|\[data\]
smtp:data|\bend of message\b
[rcpt]
>>> rcpt to|in reply to rcpt|after rcpt|like our rcpt|rcpt to response|\[rcpt_to\]|smtp:rcpt|rcpt command
does(?:n't| not) like (?:the )?recipient|rejected recipient|following rcpt command|remote recipient rejected
(?:^|[^a-z])rcpt to:? ?<?[^ <>]+@
[mail]
>>> mail from|in reply to mail|after mail|like our mail|mail from response|\[mail_from\]|smtp:mail|mail command
sender was rejected|following mail command
[connect]
>>> (?:helo|ehlo|starttls)|in reply to (?:helo|ehlo|starttls)|after (?:helo|ehlo|initial connection|connect)
my name was rejected|refused to talk to me|like our (?:helo|ehlo)|connected to [^ ]+ but greeting failed
"""
)

# The account is named as missing, whatever the command was.
HIDDEN_USER = any_of(
    r"""
no (?:such )?(?:mailbox|user|account) (?:here|by that name|exists)|no valid recipients
this user doesn't have an?[ ]|not listed in (?:domino|public|the )|recip(?:ient)?notfound
adresse (?:d.{1,3}au moins un )?destinataire invalide
"""
)

PHRASES = sections(
    r"""
[notaccept]
(?:host|domain)(?:/domain)?(?: [^ ]+)? (?:does|do)(?:n't| not) (?:accept|receive) (?:e-?)?mail
doesn't receive e?mail|null ?mx|no smtp service|no mx record found|does not accept (?:e-?)?mail(?:\.|$| \()
couldn't find a mail exchanger
(?:not|never) accepting (?:network )?(?:messages|mail)(?: from network)?(?:\.|$| )
smtp server does not support internet mail
[mailboxfull]
mail ?(?:box|folder|dir|drop|store)? ?(?:[^ ]{1,80} )?(?:is |was |for user is |size )?(?:full|over ?flow|exceed)
over[ -]?quota|over (?:the |his |her |their |its )?(?:maximum |storage |disk )*(?:allowed )?quota
quota ?(?:has been )?exceed|quota violation|exceed(?:s|ed|ing|)?(?: [^ ]+){0,5} quota
quota [a-z ]{0,20}(?:full|reached|used up)|out of (?:disk )?quota|quotaexceeded|out of (?:storage )?space
(?:not enough|insufficient|no) (?:storage |disk )?space (?:left )?(?:in|for|available in) (?:the |this |user
    |recipient|mail)
(?:storage|mailbox|message count|size) (?:limit|allocation|allotment)[a-z ]{0,20} (?:exceed|reached)
mailbox (?:size|limit)[a-z ]{0,20}exceed|exceeds? (?:the )?allowed size
messages in (?:the )?recipient's mailbox exceed|too many (?:messages|mails) (?:in|on|stored)
(?:recipient|user|account|inbox|mailbox)(?:'s)?[a-z <>@.'-]{0,60} (?:is )?(?:too )?full(?:\W|$)
maildir delivery failed.{0,60}(?:quota|full)|mailfolder is full
postfach[^.]{0,60}(?:voll|überfüllt|überschritten)|speicherplatz[^.]{0,40}(?:erschöpft|überschritten|voll)
(?:boîte|boite|bal)[^.]{0,60}(?:pleine|saturée|dépassé)|quota[^.]{0,30}dépass
(?:buz[oó]n|cuota|casilla)[^.]{0,60}(?:llen[oa]|excedid|superad|sobrepas)
(?:casella|quota)[^.]{0,60}(?:piena|superat|esaurit)
(?:caixa|cota|quota)[^.]{0,60}(?:cheia|lotada|excedid|esgotad)
(?:mailbox|postvak|brievenbus)[^.]{0,30}(?:vol|overschreden)(?:\W|$)
(?:ящик|квот)\w*[^.]{0,40}(?:переполнен|превышен|заполнен)|skrzynk\w*[^.]{0,40}(?:pełna|przepełnion)
kota[^.]{0,20}(?:aşıldı|doldu)
(?:邮箱|信箱|郵箱|空间|空間|容量|收件箱)[^。]{0,16}(?:已满|已滿|满|滿|不足|超出|超过)
メールボックス[^。]{0,16}(?:一杯|いっぱい|満杯|容量|溢れ|超え)|容量[^。]{0,10}(?:超過|オーバー)
(?:사서함|메일함|편지함|용량)[^.]{0,20}(?:가득|초과|꽉|부족)
[exceedlimit]
exceeds? (?:the )?administrative limit
[mesgtoobig]
(?:message|mail|e-?mail|attachments?|size|body)(?: size| length| body)?(?: of [^ ]+)? ?(?:is |was[ ]
    |are )?(?:too (?:large|big|long)|over (?:the )?(?:maximum|limit))
(?:message|mail|e-?mail) (?:size |length )?(?:[^ ]+ )?(?:exceeds|exceeded|larger than
    |exceeding)(?: [^ ]+){0,6} (?:size|maximum|max|bytes|limit)
max(?:imum)?\.? (?:message|mail) size|size ?limit ?(?:for|exceeded)|recipsizelimit
exceeds (?:the )?(?:fixed )?(?:maximum|max) (?:fixed )?(?:message )?size|too big for system
(?:nachricht|e-mail|mail)[^.]{0,20} (?:ist )?zu gro(?:ß|ss)|message trop (?:gros|volumineux|grand)
mensaje (?:es )?demasiado grande|messaggio troppo grande|mensagem muito grande
(?:邮件|郵件)[^。]{0,16}(?:太大|过大|過大)|メール[^。]{0,12}(?:サイズ|大き)[^。]{0,10}(?:超|過ぎ)
[suspend]
(?:account|mailbox|user|recipient|box|address)s? ?(?:[^ ]{1,80} )?(?:that you tried to reach )?(?:is[ ]
    |has been[ ]|was |are )?(?:currently |temporar(?:il)?y )?(?:disabled|inactive|suspended|locked
    |deactivated|discontinued|frozen|expired|closed|terminated|not active|blocked)
(?:disabled|inactive|suspended|deactivated|locked|blocked) (?:e-?mail )?(?:recipient|account|user|mailbox)
invalid/inactive user|account[a-z ]{0,20} not (?:active|activated)
mailbox (?:is )?(?:currently|temporarily) (?:unavailable|disabled|suspended)
mailbox unavailable or access denied|domain (?:is |has been )?(?:suspended|disabled|expired)
(?:compte|boîte|boite)[a-zé' ]{0,30} (?:bloqu|suspendu|désactiv|inacti)
(?:konto|postfach)[^.]{0,30}(?:gesperrt|deaktiviert|stillgelegt)
(?:cuenta|usuario)[^.]{0,30}(?:suspendid|deshabilitad|desactivad|bloquead)
account[^.]{0,20}(?:disattivat|sospes)
(?:ящик|пользовател|аккаунт)\w* [^.]{0,20}(?:заблокирован|отключен|заморожен)
(?:邮箱|帐号|账号|帐户|用户)[^。]{0,10}(?:停用|禁用|冻结|冻結|锁定)|アカウント[^。]{0,12}(?:停止|無効)
[hasmoved]
(?:mailbox|user|recipient|account|he|she) has moved|no longer on server|moved,? no forwarding
address (?:has )?changed|has been replaced by|no longer (?:work|employ|with (?:us|the company))
has left (?:the )?(?:company|organi)
[filtered]
recipient preferences|refused (?:due to|by) (?:the )?recipient
(?:blocked|rejected|refused) by (?:the )?(?:recipient|user)\b|user (?:refuses|rejects)
only accept(?:s|ing) (?:mail|messages) from (?:specific|known|certain)|extended mail filter
you (?:have been|are) blocked by (?:the )?recipient
not accepting (?:mail|messages) from (?:you|this sender|strangers)
[spamdetected]
uribl|surbl|blacklisted url|(?:spam|bulk) ?-?(?:e?mail )?(?:firewall|filter)
[policyviolation]
for (?:local |security )?policy reasons?|(?:rejected|refused|denied) by (?:local |our )?policy
[blocked]
blocked using|\brbl|dnsbl|spamhaus|spamcop|barracudacentral|sorbs\.net|surriel|uceprotect
(?:ip|host|server|client|address|network)[^.]{0,60}(?:black ?list|block ?list|deny ?list)
(?:black|block)[ -]?list(?:ed)? (?!url)|banned (?:sending )?ip|client host (?:[^ ]+ )?(?:rejected|blocked)
messages from [^ ]+ weren't sent
(?:your|sender|source|the|this|client) (?:source )?ip(?: address)?(?: [^ ]+)? (?:is |has been[ ]
    |was )?(?:blocked|banned|rejected|denied|not allowed|listed)
smtp server of your isp|relay quota|invalid ip for sending|adresse ip source bloqu|^ ?(?:[^ ]+ )?blocked\b
(?:connection|mail|access)[a-z ]{0,20} (?:is |was |has been )?blocked|blocked (?:by|due|because|for|- see)
(?:invalid|bad) (?:helo|ehlo)|helo command rejected|ip[^.]{0,20}(?:gesperrt|blockiert|bloquead|bloccat)
(?:ip|发信服务器)[^。]{0,16}(?:被拒|黑名单|封锁)
[requireptr]
\bptr\b|reverse (?:dns|host ?name|lookup|name)|\brdns\b|cannot find your (?:reverse )?host ?name
reverse client host|no dns entry for
[notcompliantrfc]
rfc ?-?\d* ?(?:5322|2822|822|5321|2821)?[a-z ]{0,20}complian|not (?:fully )?rfc|rfc(?:2822|5322|822)[ ]
multiple (?:addresses in from|from|to|subject|message-id)|duplicate headers?
missing (?:from|date|message-id|required)
[badreputation]
reputation|\[tss?\d+\]|user complaints|senderscore|unusual (?:volume|rate) of (?:unsolicited|complain)
rate limited due to ip
[spamdetected]
(?<!amount of )(?<!users from )spam|unsolicited|junk ?mail|bulk ?e?-?mail|\buce\b|uribl|surbl|blacklisted url
mail rejete|message (?:looks|scored|content)[a-z ]{0,20}(?:like|as|too)|rejected by (?:content|anti)|bayes
high[a-z ]{0,10}score|垃圾|スパム|迷惑メール|스팸|спам
[virusdetected]
virus|malware|infected|trojan|phish|worm\b|ransom|病毒|ウイルス|вирус
[authfailure]
dmarc|\bspf\b|\bdkim\b|domainkeys|sender ?id\b|unauthenticated (?:e?-?mail|message)|authentication checks? fail
authentication information|pass authentication|(?:is|was|were) (?:not|un)authenticated
mail from domain [^ ]+ has
[speeding]
rate[ -]?limit|too (?:fast|quickly|frequent)|at a rate|throttl|slow down
too many (?:messages|e?-?mails|mails|recipients|requests)
exceed[a-z]*(?: [^ ]+){0,5} (?:rate|per hour|per day|hourly|daily)|sending limit|received too many|频率|頻度
[toomanyconn]
too many (?:[a-z]+ )?(?:[a-z]+ )?(?:connection|session)|connection (?:rate|limit|frequency)
concurrent (?:connection|session)|aup#in-1310|maximum (?:number of )?connections
[norelaying]
relay(?:ing)? (?:access |mail )?(?:is )?(?:denied|not (?:permitted|allowed|authori)|prohibited|forbidden
    |rejected|disallowed|attempt)
no relay|unable to relay|cannot relay|(?:do|does|will) not relay|can't relay
relay(?:ing)? (?:to|for|from|through)[^.]{0,60}(?:not|denied|prohibit)
not (?:permitted|allowed|authori[sz]ed) to relay|rcpthosts|mail relay|not a (?:mail )?relay|weiterleitung nicht
relais
[rejected]
(?:domain|name) of (?:the )?sender|sender address|sender domain|sender's domain|no such domain of sender
'send mail as'|sender (?:e-?mail )?(?:rejected|denied|refused)
[userunknown]
(?:user|recipient|mailbox|account|address|login|addressee)s? ?(?:name)? ?(?:is |was |are )?(?:unknown
    |not known|not found|undeliverable)
unknown (?:or illegal |or invalid |e-?mail |local )?(?:user|recipient|address|account|mailbox|part|alias|login)
no such (?:e-?mail )?(?:user|recipient|mailbox|address|account|person|local|mail ?drop|alias)
(?:user|recipient|mailbox|account|address|alias)s? (?:[^ ]{1,80} |that you tried to reach |you (?:tried
    |entered) [a-z ]{0,30})?(?:does(?:n't| not)|do(?:n't| not)|did not) (?:seem to )?exist
(?:user|recipient|mailbox|address|account)s? (?:[^ ]{1,80} )?(?:is |are |was )?(?:not (?:exist|valid|a valid
    |on (?:this|our)|available|registered|listed)|invalid|nonexistent|non-existent|no longer (?:valid|exists
    |available|active|in use))
(?:could ?n.t|could not|cannot|can't|unable to) (?:be )?(?:find|found|verify|verified|locate) (?:the |this[ ]
    |that[ ]|your )?(?:e-?mail )?(?:user|recipient|mailbox|address|account)
(?:address|recipient|user|mailbox) (?:couldn't|could not|can't|cannot|wasn't|was not) (?:be )?(?:found
    |verified|located)
invalid (?:or unknown |final delivery )?(?:recipient|user|userid|mailbox|e-?mail address|address
    |local address|account)
no (?:valid |existing )?(?:mailbox|account|users?|recipients?|one) (?:here|by|with|found|for|exists)
mailbox (?:is )?(?:unavailable|not available|unknown)
(?:account|mailbox|recipient) (?:is )?(?:unavailable|not allowed here)|inactive e-?mail address
recip(?:ient)?notfound|this user doesn't have|doesn't have an? [^ ]+ account
not listed in (?:domino|public|the )[a-z &]{0,30}(?:directory|book)
not (?:a |our )?(?:known|valid|customer|local) (?:user|recipient|mailbox|address)|does not exist here
not (?:our|my) customer|unrouteable (?:user|recipient|local)|unknown_user|user_unknown|nosuchuser
bad destination mailbox|address unknown|destinataire (?:invalide|inconnu|introuvable)
(?:utilisateur|adresse|boîte|boite|compte)[a-zéèà' -]{0,30} (?:inconnue?|introuvable|invalide|n'existe pas)
(?:empfänger|empfängeradresse|benutzer|adresse|postfach|adressat
    |e-mail-adresse)[a-zäöüß -]{0,40} (?:unbekannt|ungültig|nicht (?:gefunden|bekannt|vorhanden|existent
    |erreichbar)|existiert nicht)
unbekannter? (?:empfänger|benutzer|adress)|kein (?:solcher )?(?:empfänger|benutzer|postfach)
(?:usuario|destinatario|direcci[oó]n|buz[oó]n|cuenta)[a-záéíóúñ -]{0,40} (?:desconocid[oa]|inexistente
    |no (?:existe|encontrad[oa]|v[aá]lid[oa]|se encontr[oó])|inv[aá]lid[oa])
(?:utente|destinatario|indirizzo|casella|account)[a-zàèéìòù ' -]{0,40} (?:sconosciut[oa]|inesistente
    |non (?:esiste|trovat[oa]|valid[oa])|invalid[oa])
(?:usuário|utilizador|destinatário|endereço|caixa postal|conta)[a-zãáâéêíóôõúç -]{0,40} (?:desconhecid[oa]
    |inexistente|não (?:existe|encontrad[oa]|foi encontrad[oa])|inválid[oa])
(?:gebruiker|ontvanger|adres|postvak)[a-z -]{0,30} (?:onbekend|bestaat niet|niet gevonden)
onbekende (?:gebruiker|ontvanger)
(?:пользовател|адресат|получател|почтов\w+ ящик|адрес)\w* (?:[^ ]{1,60} )?(?:не (?:найден|существует
    |зарегистрирован)|неизвест)
нет такого (?:пользователя|адрес)|неизвестн\w+ (?:пользовател|получател|адрес)
(?:użytkownik|adresat|odbiorc|adres|skrzynk)\w* (?:[^ ]{1,60} )?(?:nie istnieje|nieznan|nie znaleziono)
nieznany (?:użytkownik|odbiorca)
(?:kullanıcı|alıcı|adres|posta kutusu)\w* (?:bulunamadı|bilinmiyor|mevcut değil)
(?:收件人|收件者|收信人|邮箱|邮件地址|用户|用戶|帐号|帐户|账户|账号|使用者|郵箱|信箱
    |地址)[^ 。]{0,60}(?:不存在|未找到|找不到|无效|無效|有误|未注册)
(?:找不到|不存在的?|无此|查無此?|无效的?)(?:收件人|收件者|用户|使用者|邮箱|郵箱|信箱|地址|帐号)
(?:宛先|受信者|送信先|メールアドレス|アドレス|ユーザ|あて先)[^ 。]{0,40}(?:見つかり|見つから|存在し|不明|無効
    |間違)
宛先不明|該当するユーザ
(?:수신자|받는 ?사람|사용자|메일 ?주소|계정|사서함)[^.]{0,30}(?:존재하지|찾을 수 없|없는|알 수 없|잘못)
[rejected]
sender (?:address |e-?mail |domain )?(?:[^ ]+ )?(?:is |was |has been )?(?:rejected|denied|refused|invalid
    |not (?:allowed|accepted|valid|exist)|blocked|unknown|verif)
invalid sender|bad sender|purported|backscatter
not (?:allowed|permitted|authori[sz]ed|have permission|accepting) to (?:post|send|submit)
permission to (?:post|send)|groups\.google\.com/support|only members|not a (?:member|subscriber)
restricted to members|may not exist, or you may not have|not a registered gateway user|from address
(?<!recipient address rejected: )access denied|we don't accept mail from|does not accept mail from you
mail from [^ ]+ (?:rejected|refused|denied)|rejecting mail from
[policyviolation]
\bpolic(?:y|ies)\b|administrative(?:ly)? prohibit|header error
(?:attachment|file)[a-z .]{0,30}(?:not (?:allowed|permitted)|prohibited|blocked|forbidden|stripped)|denied by
violat|closed system|(?:not accepted|refused|rejected) (?:due to|for|by) [a-z ]{0,20}(?:policy|rule)
transport rule|politique|richtlinie|política
[hostunknown]
host (?:is |was )?unknown|unknown (?:host|domain|mail domain)
(?:host|domain|hostname)s?(?: or domain)?(?: name)?(?: [^ ]{1,80})? (?:is )?(?:not found|not exist
    |doesn't exist|does not exist|cannot be found|couldn't be found|could not be found|is unknown|not known
    |isn't valid|is not valid)
no such (?:host|domain)|unrouteable (?:address|mail domain|domain)
(?:couldn't|could not|can't|cannot) find (?:any|a) (?:host|domain)|invalid (?:host|domain)|illegal host|nxdomain
bad destination (?:system|host)|non-existent host|account or domain may not exist|bad domain
recipient domain (?:must|does|is|not)|domäne?[^.]{0,40}(?:unbekannt|nicht gefunden|existiert nicht)
domaine[^.]{0,40}(?:inconnu|introuvable|n'existe)
dominio[^.]{0,40}(?:desconocid|no existe|no encontrad|inesistente|non trovat|sconosciut)
domínio[^.]{0,40}(?:não existe|inexistente|não encontrad)|домен\w*[^.]{0,30}не (?:найден|существует)
(?:域名|网域|網域|主机)[^。]{0,20}(?:不存在|找不到|无法解析|解析失败|错误)
ドメイン[^。]{0,20}(?:存在し|見つか|不明)|도메인[^.]{0,20}(?:존재하지|찾을 수)
[systemfull]
(?:insufficient|not enough|no) (?:system |disk )?(?:storage|space|disk)|disk (?:is )?full|file ?system full
mail system full|no space left
[mailererror]
mailer error|x-unix; ?(?!77\b)\d+|^\|?/|pipe to|command (?:failed|died|line|time limit|output)|local mailer
procmail|deferred: prog|exit(?:ed)? (?:with )?(?:status|code)|child (?:status|crashed)
generated during the delivery attempt|x-unix; temporary
[contenterror]
header(?:s)? (?:is |are )?too (?:large|long|many)|media error|malformed (?:message|mime|header)|8-?bit
bare (?:lf|newline|cr)|(?:improper|invalid|bad) (?:mime|content|encod)
content (?:was )?(?:rejected|refused|not accept)|mime (?:error|syntax|structure)|line too long
[failedstarttls]
starttls|\btls\b[a-z ]{0,30}(?:fail|required|negotiat|handshake|not available)
certificate (?:verif|has expired|not trusted)
[securityerror]
authentication (?:is )?(?:required|failed|needed)|authrequired|smtp auth|unauthenticated|not authori[sz]ed
unauthori[sz]ed|not permitted|security (?:error|problem|reason)|log ?in (?:required|first|to your)
must (?:authenticate|be authenticated|login)|credential
[onhold]
\bon hold\b|due to a recipient error
[syntaxerror]
syntax error|command (?:parameter )?not (?:implemented|recogni[sz]ed)|unrecogni[sz]ed command|malformed address
bad sequence|unimplemented|parameters? not (?:implemented|recogni)
[expired]
timed ?-?out|time-?out|queue\.expired|(?:message|mail) (?:has )?expired|expired(?:,| after)
retry (?:time|timeout|limit)|delivery time|could not (?:deliver|be delivered) for
(?:unable|failed) to deliver [a-z ]{0,30}(?:after|in|for|within)[ ]|not delivered within|not responding
host not reachable|unreachable for|multiple retries|delivery failed \d+ attempts
(?:after|made) \d+ (?:attempts|tries|retries)|was aborted after|did not accept our requests to connect
giving up(?! on)|resources temporarily unavailable|too long in (?:the )?queue
exceeded (?:the )?(?:maximum )?(?:time|retr)|sender expiry|host name lookup failure|zeitüberschreitung|délai
tiempo de espera|超时|逾時|タイムアウト
[networkerror]
too many hops|(?:mail|routing|forwarding) loop|hop count|loops? back
connect(?:ion)? (?:was )?(?:refused|reset|lost|dropped|closed|failed|failure|error)
(?:network|host) (?:is )?unreachable|no route to host|dns (?:error|lookup|failure|problem|server)|name ?server
name service error|(?:unable|failed) to (?:resolve|look ?up|connect|establish)|lookup (?:failed|failure|error)
(?:wasn't|not) able to (?:establish|connect)|could(?:n't| not) (?:connect|establish)|lost connection
conversation with [^ ]+ timed
[systemerror]
(?:internal|system|server|local|configuration|i/o|database|lookup) (?:[a-z]+ )?(?:error|failure|problem)|ldap
file write error|service (?:is )?(?:currently |temporarily )?(?:unavailable|not available|refuse)|x-unix; ?77
can(?:not|'t) (?:create|open|write)|out of memory
temporar(?:y|ily) (?:[a-z]+ ){0,2}(?:failure|error|problem|unavailable)|try again later
(?:mail )?system (?:is )?(?:down|busy|unavailable|problem)|unable to contact|misconfigur
[filtered]
the following recipients was rejected by a remote mail server
[userunknown]
(?:recipient|address) rejected
[expired]
in the queue too long|too long|four hours|\d+ (?:hours|days|minutes)|undeliverable after|\bexpired\b
"""
)
