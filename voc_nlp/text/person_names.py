"""Find names of persons: Japanese by family name with honorific or context, English by first name or context.

Place and shop names are family names too (松本店, 渋谷, 高島屋): a family name
alone is never enough.
"""

import re
from collections.abc import Iterator

from voc_nlp.text.wordlists import read_sections

_Found = tuple[int, int]

_JA = read_sections("surnames_ja.txt")
_FAMILY, _KANA_FAMILY, _PLACES = (frozenset(_JA[section]) for section in ("", "kana", "places"))
_EN = read_sections("given_names_en.txt")
_AMBIGUOUS = frozenset(_EN["ambiguous"])
_FIRST_NAMES = frozenset(_EN[""]) - _AMBIGUOUS

_HONORIFIC = re.compile(
    "さん(?!ざ|しょ|び)|様(?![子々式相態変])|さま(?!ざ)|氏(?!名)|殿(?!堂)|先生|くん|ちゃん|君(?!臨)"
)
_LOOK_BACK = 9
_GIVEN_END = frozenset(
    "子美郎太介也香奈恵樹人一二三男夫雄彦平助輔明智之行幸代江枝里織花菜葉音海斗翔真希紀佳穂乃夏春秋雪月陽光大輝悠蓮健司治次史志哉矢弥吾悟亮良"
    "誠義孝宏浩博弘裕祐勇隆敏俊正政昌昭和実稔進修学潤淳純順直尚久寿恭喜津千鶴理絵衣依世保徹豊茂清勝剛薫優愛舞彩結莉咲凛空蒼湊仁仁"
)
_NOT_AFTER_NAME = re.compile(
    "[店駅市区町村県都府道郡線港院校園館寺社屋課部局署支営様風産製]|本店|支店|インター|方面|エリア"
    "|地区|周辺|ビル"
)
_KANJI = "\u4e00-\u9fff々ヶ"
_JA_ROLE = re.compile(
    "(?:担当者?|店員|スタッフ|係員|責任者|店長|副店長|オペレーター|応対者?|対応者|上司|上席|販売員"
    "|配達員|運転手|ドライバー|営業|講師|医師|看護師|美容師"
    "|整備士|名義人?|氏名|お?名前|契約者|申込者|予約者|本人|受付|レジ|窓口|ＳＶ|SV)"
    f"(?:の方)?[はのが名:：=、 　(（]{{0,3}}(?P<name>[{_KANJI}]{{1,6}})"
)
_JA_ROLE_TRIGGER = re.compile(
    "[当員フ任長ー者司席手業師士義名前付ジ口VＶ][はのが名:：=、 　(（]{0,3}[\u4e00-\u9fff]"
)
_JA_SELF = re.compile(
    f"(?P<name>[{_KANJI}]{{1,6}})(?:と申|という(?:者|方|担当|店員|スタッフ|男性|女性|人|社員)"
    f"|って(?:店員|担当|人|スタッフ))"
)
_JA_SELF_TRIGGER = re.compile("と申|という[者方担店ス男女人社]|って[店担人ス]")
_JA_IAM = re.compile(f"(?:^|[。、\\n]|[しいっ]た|ます)(?P<name>[{_KANJI}]{{2,4}})です(?=[。、\\n ]|$)")

_EN_WORD = re.compile(r"(?<![\w@#'’])[A-Z][a-zÀ-ɏ]+(?:-[A-Z][a-z]+)?(?![\w@])")
_EN_NEXT_NAME = re.compile(
    r" (?:[A-Z]\. )?(?:(?:O'|Mc|Mac|de |van |von )?[A-Z][a-zÀ-ɏ]+(?:-[A-Z][a-z]+)?)(?![\w@])"
)
_EN_LOWER_NAME = re.compile(
    r"\b(?:my name(?: is|'s)|name:|called|named) ([A-Za-z][a-z]+)(?: ([A-Za-z][a-z]+))?", re.IGNORECASE
)
_EN_SIGNATURE = re.compile(
    r"(?:regards|sincerely|faithfully|thanks|cheers|best wishes|best|thank you|yours)[,.!]?[ ]*(?:,|\n)\s*"
    r"([A-Z][a-z]+(?: [A-Z][a-z.'-]+){0,2})\s*\Z"
    r"|[\n ][-–—] ?([A-Z][a-z]+(?: [A-Z][a-z.'-]+)?)\s*\Z",
    re.IGNORECASE,
)
_SIGNED_WITHIN = 80
_EN_SIGNING = ("regards", "sincerely", "faithfully", "thank", "cheers", "best", "yours", " -", "\n-")
"""One of these stands wherever `_EN_SIGNATURE` matches in ASCII."""
_NAMING = read_sections("naming_en.txt")
_EN_TITLES, _EN_NAMING, _EN_ROLES, _EN_CREDIT, _EN_NOT_NAMES = (
    frozenset(_NAMING[section]) for section in ("titles", "naming", "roles", "credit", "not-names")
)
_EN_BRANDS_AFTER = re.compile(
    r"(?:'s|’s)? (?:&|and) [A-Z]|(?:'s|’s)? Secret| Street| Road| Avenue| Airport| Station| Hotel"
)


def find_person_names(text: str, japanese: bool) -> Iterator[_Found]:
    """Find names of persons.

    Parameters
    ----------
    text : str
        The text as it was sent.
    japanese : bool
        Whether Japanese rules apply, or else the English ones.

    Returns
    -------
    Iterator[_Found]
        Start and end of every name, without title or honorific; may repeat or overlap.
    """
    return _japanese_names(text) if japanese else _english_names(text)


def _japanese_names(text: str) -> Iterator[_Found]:
    """Yield names before honorifics, after roles and before と申します."""
    for match in _HONORIFIC.finditer(text):
        found = _before_honorific(text, match.start(), match[0])
        if found is not None:
            yield found
    if _JA_ROLE_TRIGGER.search(text):
        for match in _JA_ROLE.finditer(text):
            end = _family_name_end(match["name"])
            here = match.start("name")
            if end and match["name"][:end] not in _PLACES and not _NOT_AFTER_NAME.match(text, here + end):
                yield here, here + _full_name_end(match["name"], end)
    if _JA_SELF_TRIGGER.search(text):
        for match in _JA_SELF.finditer(text):
            yield from _inside_run(match)
    if "です" in text:
        for match in _JA_IAM.finditer(text):
            if match["name"] in _FAMILY and match["name"] not in _PLACES:
                yield match.span("name")


def _inside_run(match: re.Match[str]) -> Iterator[_Found]:
    """Yield the family name, with a given name, that ends a run of ideographs."""
    start = _name_start(match["name"])
    if start is not None:
        yield match.start("name") + start, match.end("name")


def _before_honorific(text: str, position: int, honorific: str) -> _Found | None:
    """Return the name that ends where an honorific begins."""
    end = position
    if end and text[end - 1] in " \u3000":
        end -= 1
    floor = max(0, end - _LOOK_BACK)
    start = end
    while start > floor and ("\u4e00" <= text[start - 1] <= "\u9fff" or text[start - 1] in "々ヶ"):
        start -= 1
    if start == end:
        return _kana_name(text, end, honorific)
    inside = _name_start(text[start:end])
    if inside is not None:
        return start + inside, end
    if start and text[start - 1] in " \u3000" and text[end - 1] in _GIVEN_END:
        family_end = start - 1
        for size in (3, 2, 1):
            if family_end >= size and text[family_end - size : family_end] in _FAMILY:
                return family_end - size, end
    return None


def _kana_name(text: str, end: int, honorific: str) -> _Found | None:
    """Return a family name in kana, or one in kanji with a given name in hiragana."""
    for size in (5, 4, 3, 2):
        start = end - size
        if start >= 0 and text[start:end] in _KANA_FAMILY:
            before = text[start - 1 : start]
            katakana = "ァ" <= text[start] <= "ヺ"
            if katakana and not ("ァ" <= before <= "ー"):
                return start, end
            if not katakana and (not ("ぁ" <= before <= "ん") or before in "のとはがにた"):
                return start, end
    if honorific in ("様", "さま", "氏", "殿"):
        for given in (4, 3, 2):
            middle = end - given
            if middle < 2 or not all("ぁ" <= letter <= "ん" for letter in text[middle:end]):
                continue
            if text[middle] in "のがはをにとでもへやお":
                continue
            for size in (3, 2):
                if middle >= size and text[middle - size : middle] in _FAMILY:
                    return middle - size, end
    return None


def _name_start(run: str) -> int | None:
    """Return where, in a run of ideographs, the name that ends it starts."""
    for size in (4, 3, 2):
        if run[-size:] in _FAMILY and len(run) >= size:
            return len(run) - size
    if len(run) == 1:
        return 0 if run in _FAMILY and run != "王" else None  # 王様 is a king
    if run[-1] not in _GIVEN_END:
        return None
    for start in range(len(run) - 2):
        for size in (3, 2):
            rest = len(run) - start - size
            if 1 <= rest <= 3 and run[start : start + size] in _FAMILY:
                return start
    return 0 if len(run) == 3 and run[0] in _FAMILY else None


def _family_name_end(run: str) -> int:
    """Return the length of the family name that opens a run of ideographs, 0 for none."""
    for size in (4, 3, 2):
        if len(run) >= size and run[:size] in _FAMILY:
            return size
    return 1 if len(run) == 1 and run in _FAMILY else 0


def _full_name_end(run: str, family_end: int) -> int:
    """Return where a full name that opens a run ends: with the given name when one follows."""
    given = run[family_end:]
    return len(run) if given and len(given) <= 3 and given[-1] in _GIVEN_END else family_end


def _english_names(text: str) -> Iterator[_Found]:
    """Yield names by first name, title, role or naming phrase."""
    done = 0
    for match in _EN_WORD.finditer(text):
        start, end = match.span()
        if start < done:
            continue
        word = match[0].lower()
        if not _is_english_name(text, start, end, word):
            continue
        following = _EN_NEXT_NAME.match(text, end)
        if following is not None and following[0].split()[-1].lower() not in _EN_NOT_NAMES:
            end = following.end()
        done = end
        yield start, end
    if "name" in text or "called" in text or "Name" in text:
        for match in _EN_LOWER_NAME.finditer(text):
            if match[1].lower() in _FIRST_NAMES or (
                match[1].lower() in _AMBIGUOUS and "name" in match[0].lower()
            ):
                with_family = (
                    match[2] and match[2].lower() not in _EN_NOT_NAMES and "name" in match[0].lower()
                )
                yield match.start(1), match.end(2) if with_family else match.end(1)
    ending = text[-_SIGNED_WITHIN:]
    may_sign = not ending.isascii() or any(map(ending.lower().__contains__, _EN_SIGNING))
    signature = _EN_SIGNATURE.search(text, max(0, len(text) - _SIGNED_WITHIN)) if may_sign else None
    if signature is not None:
        group = 1 if signature[1] else 2
        first = signature[group].split()[0]
        if first[0].isupper() and first.lower() not in _EN_NOT_NAMES:
            yield signature.span(group)


def _is_english_name(text: str, start: int, end: int, word: str) -> bool:
    """Judge a capitalised word by the first-name lists and the two words before it."""
    first = word.partition("-")[0]
    if first in _FIRST_NAMES:
        return not _EN_BRANDS_AFTER.match(text, end) and text[max(0, start - 6) : start] != "Ben & "
    if start == 0:
        return False
    before = text[max(0, start - 24) : start].lower().split()[-2:]
    if not before or text[start - 1] not in " \u3000":
        return False
    last = before[-1]
    pair = " ".join(before)
    if word in _EN_NOT_NAMES:
        return False
    if last in _EN_TITLES or last in _EN_NAMING or pair in _EN_NAMING:
        return not (
            last == "called"
            and pair not in ("lady called", "man called", "woman called", "guy called", "chap called")
        )
    if last in _EN_ROLES:
        return (
            first in _AMBIGUOUS
            or text[end : end + 1] in ("", ",", ".", "'")
            or text[end : end + 5] in (" was ", " who ")
        )
    return first in _AMBIGUOUS and (last.strip(",") in _EN_CREDIT or pair in _EN_CREDIT)
