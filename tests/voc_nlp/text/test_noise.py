"""Noise (J20): what says nothing, and single words that say something."""

import pytest

from voc_nlp.schema import Language
from voc_nlp.text.noise import is_meaningful
from voc_nlp.text.normalize import normalize

JA, EN = Language.JA, Language.EN

NOISE_JA = (
    "特になし|特に無し。|ﾄｸﾆﾅｼ|とくに無いです。|なし|無し|特にありません。|特にございません|ー|。|・・・|あああ|"
    "いつもありがとうございます|お世話になっております。|以上です|わからない|😀|  |"
    "特に要望等はございません。|今回は特にございません|お世話様です。|よろしくお願いしますm(__)m|"
    "希望なし|希望は特にありません。|ご希望等はございません|特に希望もないです|別に希望がない"
)
NOISE_EN = (
    "n/a|N/A.|none|None.|nothing|Nothing to add.|no comment|asdf|asdfgh|test|testing 123|-|👍👍|123|...|"
    "Thank you 🙏|lol|see above|aaaaa|asdfasdf|"
    "No further comments at this time.|None that I can think of"
)
SAYS_JA = (
    "最悪|神|高い|遅い|普通|なしで十分|対応が悪い|10/10|★★|特にスタッフの対応がよかった|は?|"
    "意見を聞く気がない|返事がない|希望がない。|希望もない。|今のところ希望がありません"
)
SAYS_EN = (
    "ok|good|Fast|meh|bad|nothing works|no refund|none of it works|sick|W for the staff|"
    "test results were late|no more|nothing to eat"
)


def _cases(table: str, language: Language, expected: bool) -> list[tuple[str, Language, bool]]:
    return [(text, language, expected) for text in table.split("|")]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("", JA, False),
        *_cases(NOISE_JA, JA, False),
        *_cases(NOISE_EN, EN, False),
        *_cases(SAYS_JA, JA, True),
        *_cases(SAYS_EN, EN, True),
    ],
)
def test_meaning(text: str, language: Language, expected: bool) -> None:
    assert is_meaningful(normalize(text).text, language) is expected
