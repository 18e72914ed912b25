"""What phones and mail programs add below a mail by themselves: “Sent from my iPhone” in the languages they speak.

People also say what was sent, and how: “Sent with DHL on Monday.” So a line counts only where it names a device or a
mail program right after such words, and where no sentence goes on from there.
"""

import re

from channels_email.quoting_phrases import any_of, visible

_LONGEST = 160
_LONGEST_TAIL = 45

_DEVICE = any_of(r"""
    (?:i-?phon|i-?pad|outlook|samsung)\w{0,6}|i-?pod|apple watch|macbook|android\w?|galaxy|huawei|honor|xiaomi
    redmi|poco|mi phone|oppo|vivo
    realme|oneplus|pixel|nexus|motorola|moto|nokia|lumia|htc|lg|sony|xperia|alcatel|wiko|asus|zenfone|lenovo|zte|meizu
    fairphone|blackberry|windows (?:phone|mobile|mail|live|10|11|8)|hotmail|yahoo|ymail|gmail|googlemail|inbox
    aol|proton ?mail|proton|tutanota|tuta|thunderbird|apple mail
    mail(?=\W*(?:for|für|pour|para|per|voor|för|til|dla|pro)\b)
    mailbox|airmail|spark|blue ?mail|typeapp|k-?9|fairemail|nine|edison|my\.com|mail\.ru|яндекс\w*|yandex|rambler|gmx
    web\.de|t-online|freenet|posteo|laposte|orange|sfr|libero|virgilio|tiscali|seznam|onet|wp|interia|o2|qq|foxmail
    netease|163|126|aliyun|naver|daum|kakao|zoho|fastmail|hey|canary|superhuman|newton|mailspring|polymail|boxer
    vodafone|verizon|t-mobile|at&t|sprint
    phone|smart ?phone|mobile|mobile phone|cell ?phone|cell|tablet|handheld|handset|device|handy|mobilger[äa]t
    mobiltelefon|endger[äa]t|ger[äa]t|t[ée]l[ée]phone|portable|appareil|m[óo]vil|tel[ée]fono|celular|dispositivo
    telem[óo]vel|cellulare|telefonino|telefoon|toestel|mobiel(?:tje)?|mobil|telefon|lur|enhed|puhelin\w*|puhelime\w+
    mobiili\w*|laittee\w*|telefonu?|kom[óo]rk\w+|urządzeni\w+|телефон\w*|смартфон\w*|планшет\w*|устройств\w*
    мобильн\w+
    мобільн\w+|пристро\w+|κινητό|συσκευή|telefonul|dispozitiv\w*|telefonom\w*|za[řr]ízení|điện thoại|thiết bị
    ponsel|hp
    perangkat|telefonum\w*|cihaz\w*|מכשיר\w*|הנייד|طلفون|هاتفي|جوالي|جهازي|الهاتف|گوشی
""")
_SENT = any_of(r"""
    (?:this (?:e-?mail|message) was )?sent (?:from|via|with|by|using|on)|composed (?:on|with)|written (?:on|with)
    envoy[ée] (?:depuis|de|d'|d’|avec|par|[àa] partir d[eu']|via)|gesendet (?:von|mit|aus|via|über)
    inviat[oa] (?:da|dal|dalla|con|tramite)
    enviad[oa] (?:desde|do|da|de|a partir d[eo]|através d[eo]|via|con|com|pelo)
    (?:verzonden|verstuurd) (?:met|vanaf|vanuit|via|door)|skickat (?:från|med|via)|sendt (?:fra|med|via)|l[äa]hetetty
    wys[łl]an[eoy] (?:z|za pomocą|przez)|(?:отправлено|написано) (?:с|из|через)
    (?:надіслано|відправлено) (?:з|із|через)|odesl[áa]no (?:z|ze|přes)|odoslan[éeo] (?:z|zo|cez)
    posl[áa]no (?:z|s|iz)|trimis (?:de pe|din|de la|cu)|στάλθηκε (?:από|μέσω)|(?:được )?gửi (?:từ|bằng)
    dikirim (?:dari|melalui)|dihantar (?:dari|melalui)|išsiųsta iš|nosūtīts no|изпратено от|послато (?:са|с)
    נשלח (?:מה?-?|באמצעות)|أُ?رسلت? (?:من|بواسطة)|تم الإرسال من|ارسال شده از|enviat des d(?:el|’|')
""")
_MINE = any_of(r"""
    my|me|the|a|an|mein(?:em|er)?|mon|ma|mi|mio|mia|il mio|meu|minha|o meu|mijn|een|min|mitt|minun|mojego|mého|môjho
    моего|моей|мого|мојег|το|του|saya|tôi|của tôi|minu|שלי|al mio|einem|einer
""")
_SENT_FROM = re.compile(
    rf"(?i)(?:{_SENT})\s*[\[(\"'«]*(?:(?:{_MINE})\s+)?(?:\S+\s+){{0,2}}?[\[(\"'«]*(?:{_DEVICE})(?!\w)"
)
# “… from my whatever”, with nothing else in the line.
_FROM_MINE = re.compile(
    r"(?i)(?:sent|verzonden|envoyé|gesendet|enviado|inviato) (?:from|vanaf|depuis|von|desde|dal?)"
    r" (?:my|a magnificent|mijn|mon|meinem|mi|mio) "
    r"(?!desk|office|home|house|work|account|bank|wife|husband|colleague|friend|lawyer|company|address|büro|bureau"
    r"|trabajo|oficina|warehouse|shop|store)[\w+&/.'-]{2,20}(?: [\w+&/.'-]{1,12}){0,3}"
)
_OUTLOOK = re.compile(
    rf"""(?i)(?:{
        any_of('''
        get|obtenir|t[ée]l[ée]charge[rz]?|obtener|obtén|obtenha|obter|ottieni|scarica|hent|hämta|skaff(?: deg)?
        pobierz(?: program)?|stáhnout|získat|získejte|získajte|stiahnuť|получить|скачать|отримати|λήψη του|tải
        dapatkan
        baixar|descargar|download|获取|下载|取得|احصل على|دریافت|hanki|obțineți
    ''')
    }) ?(?:適用於|用于|o|iOS 版)? ?\[?outlook\b.{{0,80}}"""
    r"|outlook (?:für|voor|for|til) (?:ios|android|mac) (?:beziehen|holen|herunterladen|downloaden|ophalen|を入手)"
    r".{0,60}"
    r"|(?:ios|android)\s?(?:版|용|için|用)\s?の?\s?outlook.{0,40}"
)
_GADGET = "iphone|ipad|android|samsung|galaxy|xperia|outlook|yahoo|gmail|qq|foxmail"
_NO_VIRUS = any_of("""
    virus-?free|virenfrei|без вирусов|garanti sans virus|libre de virus|senza virus|virusvrij|不含病毒|无病毒
""")
_WHOLE = re.compile(
    "(?i)"
    + any_of(rf"""
        sent via mobile.{{0,20}}|someone from mobile|(?:from|via) (?:my )?(?:{_DEVICE})(?: \w{{1,12}})?
        download (?:the )?.{{1,20}} app(?: today| now)?|von unterwegs gesendet
        (?:diese (?:nachricht|e-?mail) wurde )?von (?:meine[mr] )?.{{2,60}} gesendet.{{0,3}}
        von meine[mr] (?:iphone|ipad|handy|smartphone|mobilgerät|mobiltelefon|samsung|android\S*)
        (?:iphone|ipad|android|samsung|telefon|outlook).{{0,30}}(?:[dt][ae]n|ından|inden|undan|ile) gönderildi.{{0,20}}
        [發发]自(?:我的)?.{{0,12}}(?:{_GADGET}|手机|手機|平板|电脑|電腦|邮箱|郵箱|信箱|小米|华为|客户端).{{0,20}}
        [从從]我?的? ?.{{1,30}} ?(?:发送|傳送|寄出|发出)
        [来來]自(?:我的)? ?(?:qq|网易|iphone|ipad|android|outlook|手机|小米|华为|126|163).{{0,20}}
        (?:{_GADGET}|スマートフォン|携帯|windows).{{0,20}}から(?:の)?送信(?:しました|されました)?.{{0,3}}
        (?:나의|내) .{{1,20}}에서 (?:보냄|전송|보낸 메일).{{0,5}}
        .{{0,20}}(?:{_GADGET}|갤럭시|안드로이드|아이폰|휴대폰).{{0,12}}에서 (?:보냄|보냈습니다|발송|전송).{{0,5}}
        ส่งจาก.{{0,6}}(?:{_GADGET}|มือถือ|โทรศัพท์|อุปกรณ์|สมาร์ทโฟน).{{0,30}}
        मेरे .{{2,30}}से भेजा गया.{{0,3}}
        (?:{_NO_VIRUS}).{{0,3}}(?:www\.avast\.com.{{0,30}})?
        this (?:e-?mail|message) has been checked for viruses by .{{2,20}}antivirus.{{0,60}}
    """)
)  # fmt: skip
# Brackets and rules around the line, and what a link leaves behind it.
_AROUND = " \t\xa0<>()（）*_[]|~-\u2014\u2022📱📲"
_EXCUSE = re.compile(
    r"(?i)[,.;\s\u2013-]*(?:please|pls|so)?\s*\b(?:excuse|forgive|pardon|excusez|entschuldig\w*)\b.{0,60}"
)
_LINK = re.compile(r"[<(\[]?https?:\S*[>)\]]?")
# Words that make a sentence of it: “Sent from my iPhone app, and it broke.”
_SENTENCE = re.compile(
    r"(?i)[.!?,;]\s+\S|[?!]|\b(?:and|but|that|which|is|was|were|has|have|it|i|we|yesterday|today|on (?:mon|tue|wed|thu"
    r"|fri|sat|sun)\w*|und|aber|ist|war|am|gestern|et|mais|hier|le|y|pero|ayer|el|en|e|ma|ieri|maar|gisteren|och|men"
    r"|igår|og|i går|и|но|вчера)\b"
)


def is_device(line: str) -> bool:
    """Tell whether a phone or mail program wrote `line` by itself."""
    if not line or len(line) > _LONGEST:
        return False
    words = visible(line)
    words = (_LINK.sub("", words) if "http" in words else words).strip(_AROUND)
    if not words:
        return False
    if _WHOLE.fullmatch(words.rstrip(".。")) or _OUTLOOK.fullmatch(words):
        return True
    if excuse := _EXCUSE.search(words):
        words = words[: excuse.start()]
    found = _SENT_FROM.match(words)
    if found is not None:
        tail = words[found.end() :]
        return len(tail) <= _LONGEST_TAIL and _SENTENCE.search(tail) is None
    return _FROM_MINE.fullmatch(words.rstrip(".")) is not None
