"""Texts for a large desk: several languages, words as unevenly frequent as in real ones."""

import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

# Words that occur so in the given rank, from the most frequent on; the rest of a vocabulary is made up.
_BEGINNINGS = {
    "en": "the to and my i order you is for refund it please not delivery account help thank can received invoice",
    "de": "ich die und der bitte nicht bestellung das ist für rückerstattung danke lieferung konto rechnung",
    "es": "de el la que mi no pedido por favor gracias reembolso entrega cuenta factura está",
    "fr": "le de la et je commande ne pas pour merci remboursement livraison compte facture été",
    "zh": "的 我 订单 了 不 是 请 没有 退款 你 到 谢谢 收到 发货 账户 快递 什么 时候 帮助 发票",
    "ja": "の は を 注文 に です が ます た 返金 ありません 商品 お願いします キャンセル 届き 配送 ください",
    "ar": "في من طلب لا على إلى شكرا استرداد حساب فاتورة لم الى التوصيل",
}
_SHARES = {"en": 45, "de": 10, "es": 10, "fr": 5, "zh": 15, "ja": 10, "ar": 5}
_SYLLABLES = {
    "en": "ba con der er fi gra hol in ja ker lo ment nor o per qui re sta tion un ver wi",
    "ar": "با تر جم حس در ري زم سل شر صف طب عل فك قر كم لي من نو هد وس يا",
}
_CHARACTERS = {"zh": (0x4E00, 3500), "ja": (0x3041, 83)}
_GIVEN = "Ana Bo Chen Dmitri Eva Farid Grace Hiro Ines Jürgen Kim Lena Mia Noor Olga Pia Quinn Rosa Sam 小明 陽子 ليلى"
_FAMILY = "Torres Müller Smith García Dupont Rossi Novák Ivanov Kaya Nguyen 王 田中 佐藤 李 حداد Jensen Silva Kowalska"
_WORDS = 20_000  # in a vocabulary
_KANJI = (0x5000, 1500)


@dataclass(frozen=True)
class Body:
    """What a message says, in one language."""

    language: str
    text: str


def bodies(number: int, seed: int = 7) -> Iterator[Body]:
    """Yield so many texts of 20 to 70 words, or 30 to 120 characters where there are no spaces."""
    chance = random.Random(seed)
    vocabularies = {language: _Vocabulary(language) for language in _SHARES}
    languages = chance.choices(list(_SHARES), list(_SHARES.values()), k=number)
    for language in languages:
        yield Body(language, vocabularies[language].text(chance))


def names() -> Iterator[str]:
    """Yield people's names: some thousand, of which many have parts in common."""
    for middle in range(5):
        for given in _GIVEN.split():
            for family in _FAMILY.split():
                yield f"{given} {chr(ord('A') + middle)}. {family}" if middle else f"{given} {family}"


class _Vocabulary:
    """Words of one language; the n-th is 1/n as frequent as the first (Zipf)."""

    def __init__(self, language: str) -> None:
        self._spaced = language not in _CHARACTERS
        self._words = [*_BEGINNINGS[language].split(), *_made_up(language)]
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self._words) + 1)))

    def text(self, chance: random.Random) -> str:
        length = chance.randint(20, 70) if self._spaced else chance.randint(30, 120)
        words = [self._word(chance) for _ in range(length)]
        ends = range(9, length, 10)
        for place in ends:
            words[place] += "." if self._spaced else "。"
        return (" " if self._spaced else "").join(words).capitalize()

    def _word(self, chance: random.Random) -> str:
        return self._words[bisect(self._weights, chance.random() * self._weights[-1])]


def _made_up(language: str) -> Iterator[str]:
    chance = random.Random(language)
    if language in _CHARACTERS:
        spans = [_CHARACTERS[language], *([_KANJI] if language == "ja" else [])]
        characters = [chr(first + place) for first, number in spans for place in range(number)]
        chance.shuffle(characters)
        yield from characters
        return
    syllables = _SYLLABLES.get(language, _SYLLABLES["en"]).split()
    made = {"".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(_WORDS)}
    marks = {"de": "äöü", "es": "áéñ", "fr": "éèç"}.get(language, "")
    for number, word in enumerate(sorted(made, key=lambda word: (len(word), word))):
        yield word + marks[number % 3] if marks and number % 7 == 0 else word
