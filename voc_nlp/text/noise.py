"""Decide whether a comment says anything at all."""

import re

from voc_nlp.schema import Language
from voc_nlp.text.language import KAOMOJI
from voc_nlp.text.wordlists import read_lines

_LONGEST_PHRASE = 60
_NOT_LETTERS = re.compile(r"[\W\d_ーｗ〜]+")


def _key(text: str) -> str:
    """Return the letters of a text in lower case, in the form in which phrases are compared."""
    return _NOT_LETTERS.sub("", text).lower().replace("とくに", "特に").replace("トクニ", "特に")


_PHRASES = frozenset(map(_key, read_lines("noise_phrases.txt")))
"""Set phrases in the form in which comments are compared: letters only, lower case."""
_NOTHING = re.compile(
    "(?:今回|今のところ|現在|現状|現時点)?(?:では|は)?(?:特に|特段|別に)?は?"
    "(?:ご?(?:意見|要望|質問|感想|コメント|書くこと|伝えたいこと|連絡事項|特記事項)(?:等|など|とか)?[はもが]?(?:特に)?"
    "|ご?希望(?:等|など|とか)?は?(?:特に)?|(?<=特に|特段|別に)ご?希望[もが])?"
    "(?:ない|なし|無い|無し|ありません|ございません|御座いません)(?:です|でした)?[ねよ]?"
    "|(?:no(?:further|other|additional|more)?(?:comments?|feedback|suggestions?|remarks?)|none|nothing(?:else|more|further)?)"
    "(?:to(?:add|say|report|share))?(?:thaticanthinkof|comestomind)?(?:atthistime|atthemoment|rightnow|today|fornow)?"
)
"""The same said in other words; what a customer may lack and mean it is left out: 不満 and 問題, which are
praise, and 希望がない, which is despair, while 希望はない and 特に希望もない answer a survey."""
_KEYBOARD = re.compile(
    r"(?:asdf|qwer|zxcv|hjkl|sdfg|dfgh|lorem|test|testing|aaa|xxx|abc|foo|bar)(?:g|gh|ghj|t|ty|rty|er"
    r"|ing|123|a|x|ipsum)*"
    r"|(?:asdf|qwer|zxcv|hjkl|jkl|fgh)+"
)
_LAUGHTER = re.compile(r"(?:w+|ww|ha(?:ha)+|he(?:he)+|lo+l|笑+)")
_RATING = re.compile(
    r"\s*(?:[★☆]{1,10} ?[0-9.]*|[0-9.]+ ?[★☆]|[0-9]{1,3} ?/ ?[0-9]{1,3}|[◎○〇△×✕✖])[!。.]*\s*"
)
_BAFFLED = frozenset(("は?", "え?", "は!?", "え!?", "は??", "え??"))


def is_meaningful(text: str, language: Language) -> bool:
    """Tell a comment with content from noise and set phrases.

    Parameters
    ----------
    text : str
        The comment, normalized.
    language : Language
        Its language.

    Returns
    -------
    bool
        False for empty text, punctuation, emoji or digits alone, "nothing in particular",
        keyboard tests and bare courtesies; true for a single word of judgement and for a
        rating such as ``10/10`` or ★★.
    """
    if len(text) > _LONGEST_PHRASE:
        return True
    key = _key(text)
    if _RATING.fullmatch(text) or text.strip() in _BAFFLED:
        return True
    if not key or _says_nothing(key) or _says_nothing(_key(KAOMOJI.sub("", text))):
        return False
    if len(key) == 1:
        return language is Language.JA and "一" <= key <= "鿿"
    if _LAUGHTER.fullmatch(key) or _KEYBOARD.fullmatch(key):
        return False
    return len(set(key)) > 1 or "一" <= key[0] <= "鿿"


def _says_nothing(key: str) -> bool:
    return key in _PHRASES or _NOTHING.fullmatch(key) is not None
