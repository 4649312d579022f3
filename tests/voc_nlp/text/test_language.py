"""Language: Japanese, English, and what is neither."""

import pytest

from voc_nlp.schema import Language
from voc_nlp.text.language import identify_language
from voc_nlp.text.normalize import normalize

JAPANESE = """
UIがlaggyでlog inできない|配送遅延|対応最悪|神|特になし|高い|商品不良|品質|店員態度悪|接客態度
電話対応不可|未着|。|ー|(´;ω;`)|m(_ _)m|返金希望。再送不可説明→激怒。上席折返し|無料体験|普通|不満|料金
親切丁寧|全体的|目的不明|完了|了解|在庫切|Wi-Fi最悪|PayPay使えない|ドコモ|App落ちる|味◎ 店員✕
Good!ですね|無|使用不可|迅速対応感謝|会計間違|電波状況|★1 開けない|接続不良|再発行
priceはreasonable、でもtasteはso-so|customer supportのresponseがtoo slow
"""
ENGLISH = """
app crashes alot|gr8|ok|Fast|good|n/a|none|lol|W|meh|👍|😡😡|123|!!!
Bought at ドンキ, great price and quick checkout
They just said 'すみません' and walked away with no refund|Café was nice|My son José loved it
die hard fan of the brand|me no like|super|Pathetic|refund pls|cant login|de facto standard is bad
client portal down|won ur giveaway|jalapeño burger ftw|5/5|total ripoff|Not bad|Ten out of ten, mate, ten
Cust went on to a bigger plan. V. pleased, v. quick
"""
OTHER = """
Très bon service|Le service est nul|très bien|sehr gut|Die Lieferung war sehr schnell|nicht gut
Muy bueno|Excelente servicio|El producto llegó roto|Ottimo servizio|Il servizio è pessimo|muito bom
O produto chegou quebrado|Heel goed|De levering was snel|bagus sekali|rất tốt|çok iyi|bardzo dobrze
mycket bra|很好|不错|服务很差|质量好|我很喜欢这个产品|客服态度不好|這個產品很好|太差了|好吃|发货太慢
서비스가 너무 느려요|Очень плохо|خدمة سيئة|บริการแย่มาก|Κακή εξυπηρέτηση|बहुत खराब|Merci beaucoup|Danke
gracias|Je ne recommande pas
"""


def _cases(table: str, language: Language) -> list[tuple[str, Language]]:
    return [(text, language) for line in table.split("\n") for text in line.split("|") if text]


@pytest.mark.parametrize(
    ("text", "expected"),
    _cases(JAPANESE, Language.JA) + _cases(ENGLISH, Language.EN) + _cases(OTHER, Language.OTHER),
)
def test_language_of_a_comment(text: str, expected: Language) -> None:
    assert identify_language(normalize(text).text) is expected


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("ok", "ja", Language.JA),
        ("遅い", "en", Language.EN),
        ("遅い", "JA-jp", Language.JA),
        ("slow", "fr", Language.OTHER),
        ("slow", "", Language.EN),
        ("", "ja", Language.JA),
        ("", "auto", Language.EN),
    ],
)
def test_a_hint_is_believed(text: str, hint: str, expected: Language) -> None:
    assert identify_language(text, hint) is expected
