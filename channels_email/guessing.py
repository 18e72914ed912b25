"""Which charset bytes are in that carry no label, or one that was put on without a thought. Never raises.

Statistics need a page of text to be sure; a subject has five words. So each charset is tried with the alphabets that
are written in it: the one that most of the letters belong to, in their usual case, is it. For Chinese, Japanese and
Korean, where nearly any pair of bytes is some letter, the commonest letters count for more.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping

_SAMPLE = 4 * 1024
_LEAST = 0.5
_MARK = 0.8
_HIGH = re.compile(rb"[\x80-\xff]")
# In words of Latin letters these stand between ASCII ones; in other words they stand together.
_WITHIN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]|[\x80-\xff](?=[A-Za-z])")
_RUN = re.compile(rb"[\x80-\xff]{3,}")
_MARKS = frozenset("“”„‘’‚–—…«»‹›€£°§•™®©·¡¿´\xa0№×½²³ªº、。，！？：；「」『』（）【】《》〈〉・～－ー")

# Alphabets of Latin letters, of which only those beyond ASCII are seen; of alphabets that fit alike the first counts.
_LATIN = {
    "cp1252": [
        *("äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúü¿¡", "ãáàâçéêíóôõúü", "àèéìíîòóù", "éëïóöüèáà", "åäöé", "æøåéòóôüäö"),
        *("áðéíóúýþæö", "àçèéíïòóúü"),
    ],
    "cp1250": ["áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţ", "čćđšž"],
    "cp1254": ["çğıöşüâîû"],
    "cp1257": ["ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"],
}
# Other alphabets, the commonest letters first.
_RUSSIAN = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_UKRAINIAN = "оаниівертслкпудмязьбгчйхжцшюєїфщґ"
_OTHER = {
    "cp1251": [_RUSSIAN, _UKRAINIAN, "аиоенртсдувкпмлзјбгчцшњжћфђхљџ"],
    "koi8-r": [_RUSSIAN],
    "koi8-u": [_UKRAINIAN],
    "cp866": [_RUSSIAN],
    "iso8859-5": [_RUSSIAN],
    "cp1253": ["αοιετσνηυρπκμλςωάίόγέδήχύθφβώξζψϊϋΐΰ"],
    "cp1255": ["יוהלארתבשמנםכדעחקפןסטגזצךףץ"],
    "cp1256": ["الينمورتبدسعفهكحقةجشصأىخطزذضثغءإآظؤئپچژگک،؛؟"],
    "cp874": ["านร่อกเง้มยัลวดีท์สติะปบคหุแูจ็พชขืใไโำึผถซฟธศณฝภษฎฐฮ"],
}
_KANA = "".join(map(chr, range(0x3041, 0x30FB)))
_JAPANESE = _KANA + "日本人大年会国中出一月上生分事者市後前間時言自見行来今何商品注文届確認願致様送受取話電返信件名"
_DOUBLE = {
    "gb18030": (
        "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事"
        "成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公"
        "此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回"
        "特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何"
        "电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听"
        "白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带"
        "导争运您请谢订单货款快递收件查询客服退换账户登录密码付吗呢吧钱买卖"
    ),
    "big5": (
        "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事"
        "成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日者意無力它與長把機十民第公"
        "此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應向頭文體政美相見被利什二等產或新己制身果加西月話合回"
        "特代內信表化老給世位次度門任常先海通教原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活更別打女變四神總何"
        "電數安少報才結反受目太量再感建務做接必場件計管期市直資命山金指許統區保至形社便空決治展馬科司五基書非則聽"
        "您請謝訂單貨款快遞收查詢客服退換帳戶登錄密碼付嗎呢吧錢買賣幫"
    ),
    "cp932": _JAPANESE,
    "euc_jp": _JAPANESE,
    "cp949": (
        "이다는을를가에의고지하도로니한기사리자서시어아해습나인요수대그있라안부보주제은정으일오과들만세여스전상게문까장거면신"
        "원구했무모었성용입와생것조우비내마경공동소선품개유저연화확러려니없않미요계할드바방속심물된중감번실회배송환불받"
    ),
}  # fmt: skip


def guess(data: bytes) -> str:
    """Return the likeliest charset of `data`, which is no UTF-8; empty where none is likely."""
    first = _HIGH.search(data)
    if first is None:
        return ""
    sample = data[max(0, first.start() - 200) :][:_SAMPLE]
    high = len(_HIGH.findall(sample))
    within = len(_WITHIN_WORD.findall(sample)) / high
    in_runs = sum(map(len, _RUN.findall(sample))) / high
    best, charset = _LEAST, ""
    for candidate, score in _scores(sample, latin=1 - in_runs, other=1 - within):
        if score > best:
            best, charset = score, candidate
    return charset


def _scores(sample: bytes, *, latin: float, other: float) -> Iterator[tuple[str, float]]:
    """Yield how well each charset fits; `latin` and `other` say how far the words are built like that."""
    for charset, alphabets in _LATIN.items():
        signs = _beyond_ascii(sample.decode(charset, "replace"))
        for alphabet in alphabets:
            yield charset, latin * _fit(signs, dict.fromkeys(alphabet, 1.0), capital=0.7)
    for charset, alphabets in _OTHER.items():
        signs = _beyond_ascii(sample.decode(charset, "replace"))
        for alphabet in alphabets:
            ranked = {letter: 1 - rank / len(alphabet) / 2 for rank, letter in enumerate(alphabet)}
            yield charset, other * _fit(signs, ranked, capital=0.6)
    for charset, letters in _DOUBLE.items():
        signs = _beyond_ascii(_decoded(sample, charset))
        known = {sign: 0.6 for sign in signs if _is_usual(sign, charset)} | dict.fromkeys(letters, 1.0)
        yield charset, _fit(signs, known, capital=0.0)


def _beyond_ascii(text: str) -> Counter[str]:
    return Counter(sign for sign in text if sign >= "\x80")


def _fit(signs: Counter[str], letters: Mapping[str, float], *, capital: float) -> float:
    """Return how well the signs go with the letters, 0 to 1; `capital` is what a capital is worth."""
    good = 0.0
    for sign, count in signs.items():
        if sign in letters:
            good += letters[sign] * count
        elif sign in _MARKS:
            good += _MARK * count
        else:
            good += letters.get(sign.lower(), 0.0) * capital * count
    return good / signs.total() if signs else 0.0


def _decoded(sample: bytes, charset: str) -> str:
    """Return the text, empty where some bytes are none in this charset; the last letter may be cut in two."""
    try:
        return codecs.getincrementaldecoder(charset)().decode(sample)
    except UnicodeError:
        return ""


def _is_usual(sign: str, charset: str) -> bool:
    """Tell whether `sign` is among the letters that its charset lists first, as the more common half."""
    if charset == "cp949":
        return "가" <= sign <= "힣" and _lead(sign, "euc_kr") is not None
    ranges = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5": ("big5", 0xA4, 0xC6), "cp932": ("cp932", 0x88, 0x97)}
    encoding, first, last = ranges.get(charset, ("euc_jp", 0xB0, 0xCF))
    lead = _lead(sign, encoding)
    return lead is not None and first <= lead <= last


def _lead(sign: str, encoding: str) -> int | None:
    try:
        encoded = sign.encode(encoding)
    except UnicodeError:
        return None
    return encoded[0] if len(encoded) == 2 else None
