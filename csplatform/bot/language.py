"""Which language a customer writes, told from the message alone, without a network; and which one to
answer in.

Chinese, Japanese and Korean are told by their characters. Everything else is asked of two n-gram
classifiers, lingua (trigrams) and py3langid, whose errors differ: docs/adr/0001-language-detection.md
gives the reasons and docs/performance.md the numbers. Pure: nothing here reads the database.
"""

import math
import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache

from lingua import Language, LanguageDetector, LanguageDetectorBuilder
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from csplatform.common.languages import COMMON_LANGUAGES, LAST_RESORT, base_language, normalise_tag

LEAST_CONFIDENCE = 0.35
"""Below this a guess is not reported: of two-word texts it was then wrong more often than right."""
ACCEPT_CONFIDENCE = 0.6
"""From here on a message decides the language of a conversation that has none yet."""
SWITCH_CONFIDENCE = 0.9
"""From here on, and with SWITCH_EVIDENCE, a message changes the language a conversation already has."""
SWITCH_EVIDENCE = 16
"""Letters a message needs to change a conversation's language; a CJK character counts as three."""

_CJK_WEIGHT = 3
_LONGEST_JUDGED = 300  # characters; more text costs time and changes nothing
_LONGEST_READ = 20_000  # characters looked through for words to judge, where code or a quotation comes first
_LINGUA_WEIGHT = 0.3  # lingua's trigrams are sure of themselves even where they are wrong
_LINGUA_FLOOR = 1e-4
_PY3LANGID_FLOOR = 1e-9
# A sentence of which py3langid is this sure needs no second opinion: lingua, which takes five times as long, then
# corrected 4 of 3,800 sentences. Save where lingua alone knows a language: py3langid takes all Tswana for Sotho.
_PY3LANGID_SURE = 0.999
_PY3LANGID_SENTENCE = 40  # letters
_PY3LANGID_MISTAKEN = frozenset({"st"})
_COMMON_PRIOR = 2.0  # a desk hears these more often than Latin or Xhosa; 2 costs the rare ones least

_LEFT_OUT = re.compile(
    r"```.*?(?:```|\Z)"  # fenced code
    r"|`[^`\n]*`"
    r"|^[ \t]*>.*?$"  # quoted lines
    r"|https?://\S+|\bwww\.\S+"
    r"|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|</?[a-z][^<>\n]*>"
    r"|(?<!\w)[@#]\w+"
    r"|(?<![A-Za-z_-])[A-Za-z_-]*\d[\w-]*",  # numbers, and order codes that hold one
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # half a character, which lingua refuses
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f々]")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")

# Characters that only one of the two ways of writing Chinese uses in ordinary text; the last of the
# traditional ones are Cantonese. Left out: what both use, each for another word (后 里 台 面 只 几 云 干 余).
_SIMPLIFIED = frozenset(
    "们这个来时说对么还过发会问题请谢订单货账户码运费价钱买卖东车门开关现见觉听读写话语认识让该谁点给"
    "经结续线级红网络员间闻应当电视图书画师产业务动劳转软输较边达进远连选递邮银错锁键长马风飞饭馆体从"
    "优传伤众儿两严丽乐习乡亲亿仅仓仪侧债储兑兴养内军决况净减凤击则刚创别办劝区医华协卫却厂厅压参双变"
    "号叹吗启响哑团园围国圆场坏块坚报声处备复头夺妈学宁实审宽宾导将尔尝层届岁币帐帮庆库废张弹归录态怀"
    "总恼惊惯愿戏战执扩扫担拟择换损据摆敌数断旧显机权条极构标样检楼欢残毁气汇汉没济测浏满滞灯灵热爱牵"
    "状独环畅疗盘监确离种积称稳穷签简类紧约纪纸纷绍终组细绝统继绩维综绿编缩罗罚职联胜脑艺节营虑虽补装"
    "规览触计讨训议记许论设访证评试诉诈询详误调谈负责败质购贵贷贸赔资赶趋践轻载辆辑迟适遗针钟铁铺链销"
    "镇闭阅队阶际陆险随难页项顺须预领频颜额验骗鱼鸡黄齐龙岛义乌乱争亏伟伪"
)
_TRADITIONAL = frozenset(
    "們這個來時說對麼還過發會問題請謝訂單貨賬戶碼運費價錢買賣東車門開關現見覺聽讀寫話語認識讓該誰點給"
    "經結續線級紅網絡員間聞應當電視圖書畫師產業務動勞轉軟輸較邊達進遠連選遞郵銀錯鎖鍵長馬風飛飯館體從"
    "優傳傷眾兒兩嚴麗樂習鄉親億僅倉儀側債儲兌興養內軍決況淨減鳳擊則剛創別辦勸區醫華協衛卻廠廳壓參雙變"
    "號嘆嗎啟響啞團園圍國圓場壞塊堅報聲處備複頭奪媽學寧實審寬賓導將爾嘗層屆歲幣帳幫慶庫廢張彈歸錄態懷"
    "總惱驚慣願戲戰執擴掃擔擬擇換損據擺敵數斷舊顯機權條極構標樣檢樓歡殘毀氣匯漢沒濟測瀏滿滯燈靈熱愛牽"
    "狀獨環暢療盤監確離種積稱穩窮簽簡類緊約紀紙紛紹終組細絕統繼績維綜綠編縮羅罰職聯勝腦藝節營慮雖補裝"
    "規覽觸計討訓議記許論設訪證評試訴詐詢詳誤調談負責敗質購貴貸貿賠資趕趨踐輕載輛輯遲適遺針鐘鐵鋪鏈銷"
    "鎮閉閱隊階際陸險隨難頁項順須預領頻顏額驗騙魚雞黃齊龍島義烏亂爭虧偉偽妳佢唔嘅喺啲咁哋嚟"
)
# Chinese characters as Japan simplified them and nobody else did.
_JAPANESE_HAN = frozenset(
    "払気駅円対売変続発経実価広図読験検済戻込働歩応総県単帰営楽薬様桜沢仏拝毎渋齢鉄辺両伝関権観覚聴転軽遅絵継緑徴徳恵悪戦拡挙桟満焼縄縦繊脳臓舗荘譲豊賛覧誉"
)

# What a Japanese writes only with kana beside it: short texts with one of these are Chinese.
_CHINESE_WORDS = frozenset("你您我的了吗嗎呢吧啊哪怎很都没沒是不在")
_JAPANESE_POSSIBLE = 8  # so many Chinese characters without kana are a sentence, and no longer Japanese

# Whole messages that classifiers cannot place for want of letters, and that mean one language to a person.
# What two of the languages of `COMMON_LANGUAGES` share (hallo, ciao, tak, hej, no, si) is left out on purpose.
_SAID_ALONE = {
    phrase: code
    for code, phrases in {
        "en": "hello|hello there|hi|hi there|hey there|good morning|good afternoon|good evening|thanks"
        "|thank you|thank you very much|many thanks|please help|help me|yes please",
        "es": "hola|buenas|buenos días|buenos dias|buenas tardes|buenas noches|gracias|muchas gracias",
        "fr": "bonjour|bonsoir|merci|merci beaucoup|s'il vous plaît|au secours",
        "de": "guten tag|guten morgen|guten abend|danke|danke schön|vielen dank|bitte|moin|servus",
        "pt": "olá|bom dia|boa tarde|boa noite|obrigado|obrigada|muito obrigado|muito obrigada",
        "it": "buongiorno|buonasera|grazie|grazie mille|per favore",
        "nl": "goedemorgen|goedemiddag|goedenavond|dank je|dank je wel|dank u wel|bedankt|alstublieft",
        "pl": "cześć|dzień dobry|dziękuję|proszę",
        "tr": "merhaba|selam|teşekkürler|teşekkür ederim|günaydın|iyi günler",
        "ru": "привет|здравствуйте|добрый день|спасибо|пожалуйста",
        "uk": "привіт|добрий день|дякую|будь ласка",
        "ar": "مرحبا|السلام عليكم|شكرا",
        "fa": "ممنون|متشکرم|سپاس",
        "id": "terima kasih|selamat pagi|selamat siang|selamat sore|selamat malam",
        "vi": "xin chào|cảm ơn",
        "sv": "tack så mycket|god morgon",
        "fi": "kiitos|moikka|hyvää päivää",
    }.items()
    for phrase in phrases.split("|")
}
_SAID_ALONE_CONFIDENCE = 0.95
_SCRIPT_CONFIDENCE = 0.97
_SHORT_HAN_CONFIDENCE = 0.55  # two or three characters may be Chinese or Japanese: never enough to decide


@dataclass(frozen=True, slots=True)
class DetectedLanguage:
    """What a message says about its language.

    `code` is BCP 47 as the settings write it; `confidence` runs from 0 to 1; `evidence` is the number of
    letters judged, where a CJK character counts as three. `script_known` is False for Chinese without one
    character that only simplified or only traditional writing uses: then `code` is `zh-Hans` for want of
    better.
    """

    code: str
    confidence: float
    evidence: int
    script_known: bool = True


def detect_language(text: str) -> DetectedLanguage | None:
    """The language of a customer's message, or None where its words do not tell.

    URLs, addresses, numbers, code, mark-up and quoted lines are ignored. None is the answer to fewer than
    three letters outside greetings (`ok`), to emoji and numbers, and to words too common to many
    languages. Only the first 300 characters of what is left are judged. The first call in a process
    loads the models.
    """
    words = _words(text[: 4 * _LONGEST_JUDGED])
    if len(words) < _LONGEST_JUDGED < len(text):
        words = _words(text[:_LONGEST_READ])
    return _by_cjk_script(words) or _by_greeting(words) or _by_classifiers(words)


def _words(text: str) -> str:
    text = _SURROGATE.sub(" ", unicodedata.normalize("NFC", text))
    return " ".join(_LEFT_OUT.sub(" ", text).split())[:_LONGEST_JUDGED]


def choose_language(
    detected: DetectedLanguage | None,
    *,
    default: str,
    stated: str | None = None,
    conversation: str | None = None,
    contact: str | None = None,
) -> str:
    """The language to answer in; always a normalised tag.

    `stated` is what the platform says of its user, `conversation` the language that earlier messages settled
    (None for a new one), `contact` what is known of the person, `default` the account's language.

    A new conversation takes the message's language from ACCEPT_CONFIDENCE on, else the first known of
    stated, contact and default. A settled one keeps its language, whatever the platform states, until one
    message of at least SWITCH_EVIDENCE letters is detected with SWITCH_CONFIDENCE: a `Danke!` changes
    nothing. A known tag of the detected language is kept for its region (`pt` becomes the stated
    `pt-BR`), and decides between `zh-Hans` and `zh-Hant` where the message's characters do not.
    """
    settled = normalise_tag(conversation)
    known = [tag for tag in (settled, *map(normalise_tag, (stated, contact, default))) if tag]
    if detected and _is_sure(detected, settled):
        return _refine(detected, known)
    return known[0] if known else LAST_RESORT


def load_models() -> None:
    """Load both models now, about 200 MiB once; a parent that calls this before it forks shares them."""
    with _loading:
        _lingua()
        _py3langid()


def _is_sure(detected: DetectedLanguage, settled: str | None) -> bool:
    if settled is None:
        return detected.confidence >= ACCEPT_CONFIDENCE
    return detected.confidence >= SWITCH_CONFIDENCE and detected.evidence >= SWITCH_EVIDENCE


def _refine(detected: DetectedLanguage, known: list[str]) -> str:
    for tag in known:
        if base_language(tag) != base_language(detected.code):
            continue
        if base_language(tag) != "zh" or tag == detected.code or not detected.script_known:
            return tag
    return detected.code


def _by_cjk_script(words: str) -> DetectedLanguage | None:
    """Chinese, Japanese or Korean, where their characters outnumber the words of other scripts."""
    han, kana, hangul = (len(script.findall(words)) for script in (_HAN, _KANA, _HANGUL))
    characters = han + kana + hangul
    others = _WORD.findall(_without_cjk(words))
    if not characters or characters < len(others):
        return None
    evidence = _CJK_WEIGHT * characters
    if hangul > han + kana:
        return DetectedLanguage("ko", _SCRIPT_CONFIDENCE, evidence)
    if kana * 10 > han or any(char in _JAPANESE_HAN for char in words):
        return DetectedLanguage("ja", _SCRIPT_CONFIDENCE, evidence)
    return _chinese(words, evidence)


def _chinese(words: str, evidence: int) -> DetectedLanguage:
    simplified = sum(char in _SIMPLIFIED for char in words)
    traditional = sum(char in _TRADITIONAL for char in words)
    sure = (
        simplified > 0 or evidence >= _CJK_WEIGHT * _JAPANESE_POSSIBLE or any(char in _CHINESE_WORDS for char in words)
    )
    return DetectedLanguage(
        code="zh-Hant" if traditional > simplified else "zh-Hans",
        confidence=_SCRIPT_CONFIDENCE if sure else _SHORT_HAN_CONFIDENCE,
        evidence=evidence,
        script_known=simplified != traditional,
    )


def _by_greeting(words: str) -> DetectedLanguage | None:
    said = " ".join(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", words.replace("’", "'").lower()))
    code = _SAID_ALONE.get(said)
    return DetectedLanguage(code, _SAID_ALONE_CONFIDENCE, _letters(said)) if code else None


def _by_classifiers(words: str) -> DetectedLanguage | None:
    rest = " ".join(_without_cjk(words).split())
    evidence = _letters(rest)
    if evidence < 3:
        return None
    load_models()
    grams = {("nb" if code == "no" else code): float(value) for code, value in _py3langid().rank(rest)}
    code, confidence = _surely(grams, evidence) or _vote(rest, grams)
    return DetectedLanguage(code, confidence, evidence) if confidence >= LEAST_CONFIDENCE else None


def _surely(grams: dict[str, float], evidence: int) -> tuple[str, float] | None:
    """What py3langid alone is sure of, None where lingua is to be asked too."""
    code = max(grams, key=lambda one: grams[one])
    if evidence < _PY3LANGID_SENTENCE or grams[code] < _PY3LANGID_SURE or code in _PY3LANGID_MISTAKEN:
        return None
    return code, grams[code]


def _vote(words: str, grams: dict[str, float]) -> tuple[str, float]:
    """The code both classifiers together find likeliest, and its share of the likelihood.

    A weighted product of their probabilities (`grams` are py3langid's) and the prior. For a language py3langid has
    no model of (Maori, Tsonga, Tswana), lingua's word is taken twice: as its own and, of py3langid's best, as
    py3langid's.
    """
    trigrams = {
        one.language.iso_code_639_1.name.lower(): one.value
        for one in _lingua().compute_language_confidence_values(words)
    }
    best = max(grams.values())
    scores = {
        code: _LINGUA_WEIGHT * math.log(trust + _LINGUA_FLOOR)
        + math.log(grams.get(code, best * trust) + _PY3LANGID_FLOOR)
        + (math.log(_COMMON_PRIOR) if code in COMMON_LANGUAGES else 0.0)
        for code, trust in trigrams.items()
    }
    code = max(scores, key=lambda one: scores[one])
    return code, 1 / sum(math.exp(score - scores[code]) for score in scores.values())


def _without_cjk(words: str) -> str:
    for script in (_HAN, _KANA, _HANGUL):
        words = script.sub(" ", words)
    return words


def _letters(words: str) -> int:
    return sum(char.isalpha() for char in words)


_loading = threading.Lock()  # two threads at the first message must not load the models twice


@cache
def _lingua() -> LanguageDetector:
    # High accuracy answers two-word texts better by 5 points and costs 1.1 GB in every process.
    return LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()


@cache
def _py3langid() -> LanguageIdentifier:
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    ours = {one.iso_code_639_1.name.lower() for one in Language.all()} | {"no"}
    model.set_languages(sorted(ours.intersection(model.labels)))
    return model
