"""Personal data (J22, J23): what is found, what must not be, and how it is masked."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voc_nlp.schema import Language
from voc_nlp.text.privacy import find_pii, mask_pii

JA, EN = Language.JA, Language.EN

FOUND = [
    (JA, "担当の佐藤様にお世話になりました", "person:佐藤"),
    (JA, "山田太郎様 090-1234-5678", "person:山田太郎 phone:090-1234-5678"),
    (JA, "田中 花子 様", "person:田中 花子"),
    (JA, "タナカ様よりお電話", "person:タナカ"),
    (JA, "鈴木と申します", "person:鈴木"),
    (JA, "先日お電話した佐藤です。", "person:佐藤"),
    (JA, "担当:高橋、再送手配", "person:高橋"),
    (JA, "渋谷店の渋谷さん", "person:渋谷"),
    (JA, "０９０－１２３４－５６７８に電話", "phone:０９０－１２３４－５６７８"),
    (JA, "09012345678まで", "phone:09012345678"),
    (JA, "03-1234-5678へ", "phone:03-1234-5678"),
    (JA, "TEL0312345678", "phone:0312345678"),
    (JA, "山田花子様（090-0000-1234）入電", "person:山田花子 phone:090-0000-1234"),
    (JA, "山田花子様(090-0000-1234)入電", "person:山田花子 phone:090-0000-1234"),
    (JA, "店（０３－１２３４－５６７８）へ", "phone:０３－１２３４－５６７８"),
    (JA, "店（03）1234-5678へ", "phone:（03）1234-5678"),
    (JA, "店(03)1234-5678へ", "phone:(03)1234-5678"),
    (EN, "my mobile (07912345678) is off", "phone:07912345678"),
    (
        JA,
        "〒150-0002 東京都渋谷区渋谷2-21-1 ヒカリエ1203号室に届けて",
        "postal_code:150-0002 address:東京都渋谷区渋谷2-21-1 ヒカリエ1203号室",
    ),
    (JA, "横浜市中区本町6丁目50番地の10に住む", "address:横浜市中区本町6丁目50番地の10"),
    (JA, "東京都港区芝1丁目2番3号 305号室に届けて", "address:東京都港区芝1丁目2番3号 305号室"),
    (JA, "生年月日は令和元年5月1日です", "birth_date:令和元年5月1日"),
    (JA, "会員番号は12345678です", "member_id:12345678"),
    (JA, "口座番号 1234567", "account_number:1234567"),
    (JA, "マイナンバーは123456789018です", "my_number:123456789018"),
    (JA, "昭和55年4月1日生まれ", "birth_date:昭和55年4月1日"),
    (JA, "生年月日：1980/4/1", "birth_date:1980/4/1"),
    (JA, "品川 300 あ 12-34の車", "license_plate:品川 300 あ 12-34"),
    (JA, "メールはtaro.yamada@example.co.jpです", "email:taro.yamada@example.co.jp"),
    (JA, "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ", "email:ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
    (JA, "LINE IDはtaro_123です", "line_id:taro_123"),
    (JA, "IPは192.168.1.10", "ip_address:192.168.1.10"),
    (JA, "カード4111 1111 1111 1111", "card_number:4111 1111 1111 1111"),
    (JA, "パスポート番号TK1234567", "passport:TK1234567"),
    (EN, "Mr Rashid's prostate", "person:Rashid"),
    (EN, "my name is john smith and", "person:john smith"),
    (EN, "I spoke to Sarah at the desk", "person:Sarah"),
    (EN, "Kind regards, Tomasz", "person:Tomasz"),
    (EN, "a lady called Wanjiru telephoned", "person:Wanjiru"),
    (EN, "agent Will was great", "person:Will"),
    (EN, "call me on 07912 345678", "phone:07912 345678"),
    (EN, "(202) 555-0123", "phone:(202) 555-0123"),
    (EN, "+44 20 7946 0958", "phone:+44 20 7946 0958"),
    (EN, "email me at a.b@example.com", "email:a.b@example.com"),
    (EN, "I live at 221 Baker Street, London", "address:221 Baker Street, London"),
    (EN, "postcode SW1A 1AA", "postal_code:SW1A 1AA"),
    (EN, "SSN 536-22-1234", "ssn:536-22-1234"),
    (EN, "IBAN GB82 WEST 1234 5698 7654 32", "iban:GB82 WEST 1234 5698 7654 32"),
    (EN, "DOB 12/03/1985", "birth_date:12/03/1985"),
    (EN, "v1.2.3.4 and 10.0.0.1", "ip_address:10.0.0.1"),
    (EN, "my membership number is AB12345", "member_id:AB12345"),
    (EN, "acct number 12345678", "account_number:12345678"),
    (EN, "reg plate: AB12 CDE", "license_plate:AB12 CDE"),
    (EN, "passport no. 123456789", "passport:123456789"),
]

NOT_FOUND = [
    (JA, "お客様、皆様、店員さん、スタッフさん、業者さん、お子さん、奥様、大家さん"),
    (JA, "松本店の店員が高島屋と渋谷で"),
    (JA, "高島屋さん、吉野家さん、佐川急便さん、王様"),
    (JA, "レジの山口"),
    (JA, "同じ様な仕様で様々な様子、神様"),
    (JA, "注文番号123456789018が届かない"),
    (JA, "注文番号 0901234567"),
    (JA, "マイナンバーは123456789012です"),
    (JA, "伝票番号 1234-5678-9012"),
    (JA, "2024年3月10日に30分待って10,000円、1-2回"),
    (EN, "Will you fix it? May I ask. Mark my words. Grace period"),
    (EN, "order number 2025550123 and tracking 1234567890"),
    (EN, "I waited 45 minutes and paid $1,234.50 on 14/09/2024"),
    (EN, "Charlotte airport; Paris; Jordan shoes; Alexa; Ben & Jerry's ice cream"),
    (EN, "Thanks, Team"),
    (EN, "whole of Arkwright Road"),
    (EN, "card ending 4111-1111-1111-1112"),
]


@pytest.mark.parametrize(("language", "text", "expected"), FOUND + [(*case, "") for case in NOT_FOUND])
def test_personal_data(language: Language, text: str, expected: str) -> None:
    assert (
        " ".join(f"{span.type}:{text[span.start : span.end]}" for span in find_pii(text, language))
        == expected
    )


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            JA,
            "佐藤様と田中様、佐藤さん 090-1234-5678/09012345678",
            "[氏名1]様と[氏名2]様、[氏名1]さん [電話番号1]/[電話番号1]",
        ),
        (EN, "Mr Rashid, a@b.com, A@B.com, c@d.org", "Mr [PERSON1], [EMAIL1], [EMAIL1], [EMAIL2]"),
        (EN, "nothing here", "nothing here"),
    ],
)
def test_the_same_value_has_the_same_placeholder(language: Language, text: str, expected: str) -> None:
    assert mask_pii(text, find_pii(text, language), language).text == expected


def test_spans_lead_from_the_original_to_the_masked_text() -> None:
    text = "担当の佐藤様は親切"
    masked = mask_pii(text, find_pii(text, JA), JA)
    assert masked.text == "担当の[氏名1]様は親切"
    for word, expected in (
        ("親切", "親切"),
        ("佐藤", "[氏名1]"),
        ("藤様", "[氏名1]様"),
        ("担当", "担当"),
        ("の佐", "の[氏名1]"),
    ):
        start = text.index(word)
        here, there = masked.masked_span(start, start + len(word))
        assert masked.text[here:there] == expected


@pytest.mark.parametrize("language", [JA, EN])
@settings(deadline=None)
@given(
    text=st.text(max_size=80)
    | st.text(st.sampled_from("0123-４ー@.a様田中さんMrJohn 区丁目年()+:"), max_size=60)
)
def test_spans_are_sorted_apart_and_in_range(language: Language, text: str) -> None:
    spans = find_pii(text, language)
    end = 0
    for span in spans:
        assert end <= span.start < span.end <= len(text)
        end = span.end
    masked = mask_pii(text, spans, language)
    for position in range(len(text)):
        here, there = masked.masked_span(position, position + 1)
        assert 0 <= here < there <= len(masked.text)


@pytest.mark.parametrize("language", [JA, EN])
@pytest.mark.parametrize(
    "unit", ["1", "1-", "a@", "田中", "様", "A1 ", "12 A ", "市1-", "あ1", "Mr ", "丁目1", "県市", "John "]
)
def test_cost_is_linear(language: Language, unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    started = time.perf_counter()
    find_pii(text, language)
    assert time.perf_counter() - started < 2.0
