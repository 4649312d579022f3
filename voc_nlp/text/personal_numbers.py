"""Find personal data that is written with digits: cards, accounts, telephones, addresses, dates.

A number alone is not personal data: a card must pass Luhn, a My Number its check
digit and be called one, an account or member number must be named, and what is
called an order number is never a telephone.
"""

import re
from collections.abc import Iterator

from stdnum import iban, luhn
from stdnum.jp import in_ as my_number
from stdnum.us import ssn

from voc_nlp.schema import Language

_Found = tuple[str, int, int]

_WORTH_A_LOOK = re.compile(
    r"\d{4}|\d-\d|丁目|番地|号室|\d\.\d{1,3}\.\d|\d ?年 ?\d|\d/\d{1,2}/|\d[A-Za-z]?,? [A-Z]|[A-Z]\d"
    r"|[ぁ-ん] ?\d|\d ?[ぁ-ん] ?\d|元年"
)
_LONG_NUMBER = re.compile(r"\d(?:[-() .]{0,3}\d){8}")

_CARD = re.compile(
    r"(?<![\d-])[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\d-])"
    r"|(?<![\d-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\d-])"
)
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Z0-9])")
_TWELVE = re.compile(r"(?<![\d-])\d{4}[ -]?\d{4}[ -]?\d{4}(?![\d-])")
_MY_NUMBER_WORDS = re.compile("マイナンバー|マイナカード|個人番号|通知カード|[Mm]y ?[Nn]umber")
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_SSN_WORDS = re.compile(r"SSN|social security", re.IGNORECASE)
_IP = re.compile(r"(?<![\d.vV])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_VERSION_WORDS = re.compile(r"(?:version|ver|build|firmware|バージョン|ファーム)\S{0,6} ?$", re.IGNORECASE)
_PASSPORT = re.compile(
    r"(?:パスポート|旅券|passport)(?:番号)?(?: number| no\.?"
    r"| num)?[ :はがis#]{0,5}(?P<value>[A-Z]{0,2}\d{6,9})(?![0-9A-Z])",
    re.IGNORECASE,
)
_MEMBER = re.compile(
    r"(?:会員(?:番号|ID|No\.?|カード)|お?客様(?:番号|ID|コード)|顧客(?:番号|ID|コード)|ユーザーID"
    r"|ログインID|契約番号|証券番号|診察券(?:番号)?"
    r"|member(?:ship)?(?: id| no\.?| number| num)|customer(?: id| no\.?| number| num)|account id"
    r"|user ?id|patient (?:id|number)"
    r"|loyalty (?:card|number|no\.?)|policy (?:no\.?|number|num)|client (?:id|number))"
    r"(?: is| was|は|が"
    r"|の)?[ :#=]{0,3}(?P<value>[A-Za-z]{0,4}[- ]?\d[A-Za-z0-9]{1,12}(?:-[A-Za-z0-9]{1,8}){0,3})",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:口座(?:番号)?|普通(?:預金)?|当座(?:預金)?|account (?:no\.?|number|num)|acct\.? (?:no\.?"
    r"|number|#)|a/c(?: no\.?)?|bank account)"
    r"(?: is| was|は|が|の)?[ :#=)]{0,3}(?P<value>\d[\d -]{4,14}\d)(?!\d)",
    re.IGNORECASE,
)
_SORT_CODE = re.compile(r"sort ?code(?: is)?[ :]{0,2}(?P<value>\d\d-?\d\d-?\d\d)(?!\d)", re.IGNORECASE)
_DATE = re.compile(
    r"(?:(?:明治|大正|昭和|平成|令和)(?:\d{1,2}|元)年\d{1,2}月\d{1,2}日"
    r"|[SHTR]\d{1,2}[./]\d{1,2}[./]\d{1,2}(?!\d)"
    r"|(?:19|20)\d\d(?:年\d{1,2}月\d{1,2}日|[-/.]\d{1,2}[-/.]\d{1,2}(?!\d))"
    r"|(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d\d(?!\d)"
    r"|(?:\d{1,2}(?:st|nd|rd|th)? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov"
    r"|Dec)[a-z]*\.? (?:\d{1,2}(?:st|nd|rd|th)?,? )?(?:19|20)\d\d"
    r"|(?<!\d)(?:19|20)\d{6}(?!\d))"
)
_BIRTH_BEFORE = re.compile(
    r"(?:生年月日|誕生日|生まれ|出生|D\.?O\.?B\.?|date of birth|born(?: on| in)?|birthday"
    r"|birth ?date)\W{0,3}(?:は|が|is|was)? ?$",
    re.IGNORECASE,
)
_BIRTH_AFTER = re.compile("[ ]?(?:生まれ|うまれ|生(?![産活地]))")
_PLATE_JA = re.compile(
    r"[一-龯ぁ-ん]{1,4} ?\d{2,3} ?[あ-ん] ?(?:\d{2}-\d{2}|[・.]{1,3} ?\d{1,3}"
    r"|\d{1,4})(?!\d)(?![年月日時分回人個円本枚])"
)
_PLATE_WORDS = re.compile(r"ナンバー|車|駐車|plate|registration|\breg\b", re.IGNORECASE)
_PLATE_EN = re.compile(
    r"(?:(?:licen[cs]e|number|registration|reg) plate|vehicle reg(?:istration)?|car reg(?:istration)?"
    r"|\breg(?:istration)?)"
    r"(?: no\.?| number)?(?: is"
    r"| was)?[ :]{1,2}(?P<value>(?=[A-Z0-9 -]{0,7}\d)[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,5})(?![A-Za-z0-9])"
)
_POSTAL_JA = re.compile(
    r"(?:〒 ?|郵便番号(?:は)?[ :]{0,2})(?P<value>\d{3}-?\d{4})(?!\d)|(?<![\d-])(?P<bare>\d{3}-\d{4})(?![\d-])"
)
_PREFECTURE = re.compile(r"[ 、,\n]{0,3}(?:北海道|東京都|京都府|大阪府|[一-龯]{2,3}県)")
_POSTAL_UK = re.compile(r"(?<![A-Z0-9])(?:GIR 0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})(?![A-Z0-9])")
_ADDRESS_JA = re.compile(
    r"(?:(?:北海道|東京都|京都府|大阪府"
    r"|[一-龯]{2,3}県) ?)?(?:[一-龯ヶケノ々ぁ-んァ-ン]{1,6}?[市郡] ?)?"
    r"(?:[一-龯ヶ々ぁ-んァ-ン]{1,5}?[区町村] ?)?"
    r"[一-龯ヶケノ々ァ-ン]{0,8}[ ]?(?:[0-9一二三四五六七八九十]{1,4} ?(?:丁目|番地?の?|号"
    r"|-(?=\d)) ?){1,3}(?:\d{1,4}(?:番地?|号室?)?)?"
    r"(?:-\d{1,4})?(?: ?[一-龯ァ-ンA-Za-zー・]{0,15} ?\d{1,4}号室?)?"
)
_ADDRESS_CLUE = re.compile("[都道府県市区郡町村]|丁目|番地|住所")
_ADDRESS_MARK = re.compile(r"丁目|番地|番\d|[市区郡町村][^。、\n]{0,12}\d{1,4}-\d")
_ADDRESS_EN = re.compile(
    r"(?<![\w.])\d{1,5}[A-Za-z]?,? (?:[A-Z][\w'’.-]+ ){1,4}?(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln"
    r"|Drive|Dr|Court|Ct|Close|Crescent"
    r"|Terrace|Boulevard|Blvd|Place|Pl|Way|Square|Gardens|Grove|Mews|Highway|Hwy|Parade)\b\.?"
    r"(?:,? (?:Apt|Apartment|Unit|Flat|Suite"
    r"|#)\.? ?\w{1,5})?(?:, [A-Z][a-z]+(?: [A-Z][a-z]+)?)?(?:,? [A-Z]{2} \d{5}(?:-\d{4})?)?"
)
_PHONE_RUN = re.compile(
    r"(?:(?<![A-Za-z0-9.-])|(?<=TEL)|(?<=[Tt]el)|(?<=FAX))\+?\(?\d(?:[-() .]{0,3}\d){8,14}(?![A-Za-z0-9]|-\d)"
)
_PHONE_JA = re.compile(r"(?:\+81[- ]?\(?0?\)?\d{1,4}|\(?0\d{1,4}\)?)[- ]?\(?\d{1,4}\)?[- ]?\d{3,4}")
_NOT_A_PHONE = re.compile(
    r"(?:注文|オーダー|伝票|予約|受付|受注|問い?合わ?せ|追跡|品|型|製造|シリアル|管理|取引|申込|整理"
    r"|カード|JAN|order|tracking|invoice|ref(?:erence)?|case|ticket"
    r"|booking|confirmation|serial|model|isbn|sku|parcel|consignment|transaction|receipt|imei|claim)"
    r"(?:番号|コード|no\.?|number|num|id|#| )*(?: is| was|は|が)?[ :#.(]{0,3}[A-Za-z]{0,3}-?$",
    re.IGNORECASE,
)
_PHONE_WORDS = re.compile(
    r"(?:電話|携帯|ケータイ|連絡先|TEL|tel|Tel|FAX|phone|mobile|cell|call(?: me)?(?: (?:on|at|back))?"
    r"|ring|text|number|ph|reach me|whatsapp)"
    r"[^0-9]{0,14}$",
    re.IGNORECASE,
)
_REGIONS = {Language.JA: ("JP", "US"), Language.EN: ("US", "GB", "AU", "IN", "IE", "SG", "JP")}


def find_numbers(text: str, language: Language) -> Iterator[tuple[str, int, int]]:
    """Find everything personal that is written with digits.

    Parameters
    ----------
    text : str
        The text, full-width letters and digits folded to ASCII one for one.
    language : Language
        Decides the regions of telephone numbers.

    Yields
    ------
    tuple[str, int, int]
        Type, start and end; spans may overlap.
    """
    if not _WORTH_A_LOOK.search(text):
        return
    for kind, pattern in (("passport", _PASSPORT), ("member_id", _MEMBER), ("account_number", _ACCOUNT)):
        for match in pattern.finditer(text):
            yield kind, *match.span("value")
    yield from _dates_and_addresses(text)
    for match in _IP.finditer(text):
        if all(int(part) < 256 for part in match[0].split(".")) and not _before(
            _VERSION_WORDS, text, match.start()
        ):
            yield "ip_address", *match.span()
    for match in _POSTAL_UK.finditer(text):
        yield "postal_code", *match.span()
    for match in _PLATE_EN.finditer(text):
        yield "license_plate", *match.span("value")
    if "ort" in text:
        for match in _SORT_CODE.finditer(text):
            yield "account_number", *match.span("value")
    if _LONG_NUMBER.search(text):
        yield from _long_numbers(text, language)


def _dates_and_addresses(text: str) -> Iterator[_Found]:
    """Yield birth dates, postal codes, addresses and number plates."""
    for match in _DATE.finditer(text):
        if _before(_BIRTH_BEFORE, text, match.start()) or _BIRTH_AFTER.match(text, match.end()):
            yield "birth_date", *match.span()
    for match in _POSTAL_JA.finditer(text):
        if match["value"]:
            yield "postal_code", *match.span("value")
        elif (
            _PREFECTURE.match(text, match.end()) or "住所" in text[max(0, match.start() - 8) : match.start()]
        ):
            yield "postal_code", *match.span("bare")
    if _ADDRESS_MARK.search(text):
        for match in _ADDRESS_JA.finditer(text):
            if _ADDRESS_CLUE.search(match[0]) and len(match[0]) > 4:
                yield "address", *match.span()
    for match in _ADDRESS_EN.finditer(text):
        yield "address", match.start(), match.start() + len(match[0].rstrip("."))
    for match in _PLATE_JA.finditer(text):
        if "-" in match[0] or _PLATE_WORDS.search(text, max(0, match.start() - 12), match.end() + 8):
            yield "license_plate", *match.span()


def _long_numbers(text: str, language: Language) -> Iterator[_Found]:
    """Yield cards, My Numbers, bank accounts, social security and telephone numbers."""
    for match in _CARD.finditer(text):
        if luhn.is_valid(re.sub(r"\D", "", match[0])) and len(set(re.sub(r"\D", "", match[0]))) > 1:
            yield "card_number", *match.span()
    for match in _IBAN.finditer(text):
        if iban.is_valid(match[0]):
            yield "iban", *match.span()
    if _MY_NUMBER_WORDS.search(text):
        for match in _TWELVE.finditer(text):
            if my_number.is_valid(re.sub(r"\D", "", match[0])):
                yield "my_number", *match.span()
    for match in _SSN.finditer(text):
        if ssn.is_valid(match[0]) and (language is Language.EN or _SSN_WORDS.search(text)):
            yield "ssn", *match.span()
    for match in _PHONE_RUN.finditer(text):
        span = _phone(text, match, language)
        if span is not None:
            yield "phone", *span


def _phone(text: str, match: re.Match[str], language: Language) -> tuple[int, int] | None:
    """Return the span of a run of digits when it is a telephone number."""
    start, end = match.span()
    if _before(_NOT_A_PHONE, text, start):
        return None
    written = match[0]
    if written[0] == "(" and ")" not in written:
        start += 1
    digits = re.sub(r"\D", "", written)
    if (
        _PHONE_JA.fullmatch(written)
        and len(digits) in (10, 11, 12)
        and (digits[0] == "0" or written[0] == "+")
    ):
        mobile = len(digits) == 11 and digits[:3] in ("050", "060", "070", "080", "090")
        if (
            mobile
            or written[0] == "+"
            or (len(digits) == 10 and (not written.isdigit() or language is Language.JA))
        ):
            return start, end
        if digits.startswith("0800") and len(digits) == 11:
            return start, end
    named = _before(_PHONE_WORDS, text, match.start())
    if not named and written.isdigit() and len(digits) != 10:
        return None
    import phonenumbers

    regions = (
        (None,) if written[0] == "+" else _REGIONS[Language.JA if language is Language.JA else Language.EN]
    )
    for region in regions:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number) or (named and phonenumbers.is_possible_number(number)):
            return start, end
    return None


def _before(pattern: re.Pattern[str], text: str, position: int) -> bool:
    """Return whether the words just before a position match a pattern that ends with ``$``."""
    return pattern.search(text[max(0, position - 32) : position]) is not None
