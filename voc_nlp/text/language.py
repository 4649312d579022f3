"""Tell Japanese, English and other languages apart.

Scripts decide first: kana against Latin letters, ideographs by the characters
that only one of Japanese and Chinese writes, any other script is ``other``. For
Latin letters the words decide; English needs no proof, another language does,
so that short and misspelt English stays English.
"""

import re
from collections import Counter
from importlib.resources import files

from voc_nlp.schema import Language

_MAX_LETTERS = 4_000  # enough evidence for a decision; bounds the cost of long texts

_HIRAGANA = re.compile("[ぁ-ゖ]")
_KATAKANA = re.compile("[ァ-ヺｦ-ﾟ]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f々〆]")
_LATIN_WORD = re.compile("[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]+(?:['’][A-Za-zÀ-ÖØ-öø-ɏ]+)?")
_LATIN_LETTER = re.compile("[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]")
_FOREIGN_LETTER = re.compile(
    "[\u0370-\u1cff\u1f00-\u1fff\u2c00-\u2dff\ua000-\uabff\uac00-\ud7ff\ufb00-\ufdff\ufe70-\ufefc\U00010280-\U0001133f]"
)
_JAPANESE_SIGN = re.compile("[、。「」『』【】・〜ー〒゛゜※]")
_KAOMOJI = re.compile(r"[(][^()]{0,6}[ωДд∀ε∇´`・゚゜˙▽◇□Σ皿][^()]{0,6}[)]|m\(_ ?_\)m|\(\^[_.o]?\^|\^_\^|orz|OTZ|\(T_T\)|\(;_;\)|\(>_<\)")

_CHINESE_CHARACTERS = frozenset(
    # simplified forms that Japanese does not write
    "们这为时说发对车东见长门问间马鱼鸟龙风飞书头买卖实现关开兴写军农决况准减几凤刘则刚创别办务动劳势华协单卢厂历压厌县参双变叶号"
    "员响哑团园围图圆圣场坏块坚坛坝坟坠垄够奋奖妇妈娱孙学宁宝审宽宾导尔尘尝层属岁岂岛币师帐带帮并广庆库应废异弃张弹强归录彻径忆"
    "忧怀态怜总恋恶恼悬惊惧惨惯愤愿戏战户扑执扩扫扬扰抚抢护报担拟拥择挂挡挤挥损换据掷携摄摆摇敌斗断无旧显晓暂术机杀杂权条来杨极"
    "构枪柜标栏树样桥档检楼欢欧歼残毁毕汇汉沟没沧沪泪泼泽洁浅测济浏浓涛润涨渐渔温湾湿满滚滞灯灵灾炉点炼烂烟烦烧热爱爷牵犹独狭狮"
    "狱猎猪猫献环现玛珑电画畅疗疯痒盐监盖盘着矫矿码砖础确碍礼祸离种积称稳穷窃竖竞笔简粮红纤约级纪纯纱纲纳纵纷纸纹纺纽线练组细织终"
    "绍经结绕给络绝统继绩绪续绳维绵综绿缓缘编缝缩网罗罚罢职联聪肤肿胀胁胜胶脉脏脑脚脱脸舱艰艺节芦苏苹范茎药莲获营萝蓝虑虽虾蚀蚁蜡蝇"
    "补装规视觉览触计订认讨让训议讯记讲许论设访证评识诉词译试诗诚话诞询该详语误请读课谁调谅谈谊谋谎谓谢谨谱贝负贡财责败货质购贯贴贵"
    "贷贸费贺贼资赏赔赖赚赛赞赠赢赵跃践踪车轨转轮软轰轻载较辅辆辈输辞边达迁过运还进远违连迟适选递逻遗邓邮邻郑释钟钢钥钱铁铃银铺链销"
    "锁锅错锦键锻镇镜闪闭闯闲闷闹闻阅阔队阳阴阵阶际陆陈险随隐难雾静页顶顺须顾顿预领频题颜额饭饮饰饱饼饿馆驱驶驻驾验骂骑骗"
    # everyday words of Chinese, simplified or traditional
    "你您她它吗吧呢啊哦嘛啥咱咋很們這嗎說沒對個來過還時會為與實買賣讓從應該點錢價質員後務態觀變錯給話雖卻誰麼什么怎哪儿儘爲國經歷體"
) - frozenset("学宝担検点画礼号条来無着参双断旧強独狭残温湿満機団図円庫暁県乱並与万没別報献寝灯状稲争静"
    "什却叶員径後怜恋惧惨据携斗時机楼欧浅湾滞炉属写准称窃粮脚茎装触話誰質践踪随辞該還過買為態後塁猪猫痒涛")
_CHINESE_WORDS = ("不是", "没有", "不好", "很好", "不错", "收到", "好吃", "不行", "太差", "的人", "是我", "了解了", "非常好", "不知道", "一直", "但是", "可以", "客服")
_CHINESE_PARTICLE = re.compile("(?<![完終修満魅未読了])了(?![解承])|(?<![目的体人般較極画史門続底定動合理然密異])的(?![確中])")
_JAPANESE_CHARACTERS = frozenset(
    "応発売円気駅価図楽様悪読変総検沢単続残経済関広転労帰実徳歩毎収拡択拝仮団囲県験険込働峠畑枠搾匂処塩黒焼竜壱弐戻払暦渋渓両児鉄銭雑静"
    "対応観帯弾従徴懐戦戯挙揺摂暁栄桜桟権歓歯歳殺沖浄渇滞潜瀬焔猟獣畳痴癒砕禅秘称稲穏穀穂竜節粋粛縁縄繊纏舗蔵薬蛍覇覚訳誉譲豊賛軽辺逓遅遥酔醸鋳錬鎖鎮陥隠雰霊頼顔顕駆髄髪鶏黙齢々〆"
    "届届貼嬢喩剣剤匁喫圏坪塀塁壌壊壮奨嬉実寛専巣巻廃弁恵悩恋悠惨慣憩戸抜択拠拶挨挿捜掲摩撃攪斎斉斬暑曽曇枚栓桁梱棄楼歴毒汚"
)

_OTHER_SCRIPT_SHARE = 0.4
_KANA_WEIGHT = 3.0
_KATAKANA_WEIGHT = 1.0  # brand names inside English
_HAN_WEIGHT = 2.5
_LATIN_WORD_WEIGHT = 2.0
_ENGLISH_WORD_WEIGHT = 4.0


def identify_language(text: str, hint: str = "auto") -> Language:
    """Decide which language a comment is written in.

    Parameters
    ----------
    text : str
        The comment, normalized.
    hint : str
        ``ja`` or ``en`` is believed; ``auto`` or an empty string asks to find out;
        any other code names a language that is not supported.

    Returns
    -------
    Language
        ``JA``, ``EN`` or ``OTHER``. A text without letters is never ``OTHER``.
    """
    wanted = hint.strip().lower() if hint else "auto"
    if wanted not in ("auto", ""):
        code = re.split("[-_]", wanted, maxsplit=1)[0]
        return {"ja": Language.JA, "en": Language.EN}.get(code, Language.OTHER)
    sample = text[:_MAX_LETTERS]
    if sample.isascii():
        return _by_words(sample)
    return _by_script(sample)


def _by_script(text: str) -> Language:
    """Weigh the scripts of a text that is not plain ASCII."""
    hiragana = len(_HIRAGANA.findall(text))
    katakana = len(_KATAKANA.findall(text))
    han = len(_HAN.findall(text))
    foreign = len(_FOREIGN_LETTER.findall(text)) if _FOREIGN_LETTER.search(text) else 0
    latin = len(_LATIN_LETTER.findall(text))
    letters = hiragana + katakana + han + foreign + latin
    if not letters or (foreign == letters and _KAOMOJI.search(text)):
        return Language.JA if _JAPANESE_SIGN.search(text) or _KAOMOJI.search(text) else Language.EN
    if foreign >= _OTHER_SCRIPT_SHARE * letters and foreign > 1:
        return Language.OTHER
    if not hiragana and not katakana and not han:
        return _by_words(text)
    japanese = _KANA_WEIGHT * hiragana + _KATAKANA_WEIGHT * katakana + _HAN_WEIGHT * han
    if latin and _latin_weight(text) > japanese:
        return _by_words(text)
    if hiragana + katakana == 0 or (han > 8 and (hiragana + katakana) * 12 < han):
        return _by_ideographs(text)
    return Language.JA


def _latin_weight(text: str) -> float:
    """Return how much the Latin words of a mixed text weigh against its Japanese characters."""
    return sum(
        _ENGLISH_WORD_WEIGHT if "en" in _LANGUAGES_OF_WORD.get(word, ()) else _LATIN_WORD_WEIGHT
        for word in _LATIN_WORD.findall(text.lower())
    )


def _by_ideographs(text: str) -> Language:
    """Tell Japanese from Chinese where there is no kana to speak of."""
    chinese = sum(character in _CHINESE_CHARACTERS for character in text)
    chinese += sum(word in text for word in _CHINESE_WORDS)
    chinese += len(_CHINESE_PARTICLE.findall(text))
    japanese = sum(character in _JAPANESE_CHARACTERS for character in text)
    return Language.OTHER if chinese > japanese else Language.JA


def _by_words(text: str) -> Language:
    """Tell English from other languages in Latin letters by their commonest words."""
    words = _LATIN_WORD.findall(text.lower())
    if not words:
        return Language.JA if _KAOMOJI.search(text) else Language.EN
    english = 0.0
    others: Counter[str] = Counter()
    accented = 0
    for word in words if len(words) > 1 or len(words[0]) > 1 else ():
        if not word.isascii() and "’" not in word:
            accented += 1
        languages = _LANGUAGES_OF_WORD.get(word)
        if languages is None:
            continue
        for language in languages:
            if language == "en":
                english += 1
            else:
                others[language] += 1
    if not others:
        return Language.OTHER if accented * 2 > len(words) and not english else Language.EN
    best = max(others.values())
    score = best + min(accented, best)
    if score <= english or (best == 1 and score < 2 and len(words) > 1):
        return Language.EN
    return Language.OTHER


def _read_words() -> dict[str, tuple[str, ...]]:
    """Read the word lists: from a word to the languages that write it."""
    found: dict[str, list[str]] = {}
    content = files(__package__).joinpath("data/latin_words.txt").read_text(encoding="utf-8")
    for line in content.splitlines():
        if line.startswith("#"):
            continue
        language, *words = line.split()
        for word in dict.fromkeys(words):
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


_LANGUAGES_OF_WORD = _read_words()
