"""What a word is worth for telling stories apart: stems, synonyms and background weights.

Plain tables of common English, security-news and product words, and the functions that read
them. A term's weight is its rarity, -ln(share of stories that name it); the tables say how common
a word is before any story has been seen, so that the first entries of an empty index are not
glued by words that every headline uses.
"""

from functools import cache
from math import log


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP = _words(
    """
    a an and are as at be been being but by for from had has have having he her here him his how i
    if in into is it its itself let may me might must my no nor not of off on once only or our
    out over own per shall she should so some such than that thats the their them then there these
    they this those through to too under until up upon us very was we were what when where which
    while who whom whose why will with within without would you your yours s t re ve ll d m
    am can could did do does doing dont doesnt isnt cant wont about above across after again
    against all along already also although always among amid another any anyone around because
    before behind below between both down during each either else even ever every few further get
    gets getting got hows however im ive just like made make makes making many more most much
    near never next now often one other others put puts rather really said same say saying says
    seen since still take taken takes taking tell tells think though thus today told together took
    toward towards try two use used uses using via want wants way ways week well went whether yet
    youre youll itll were theyre hes shes lets heres theres whats
    continue reading read article post appeared first blog full story
    de la le les des du et en un une der die das und für von mit auf el los las del y que por para
    il lo gli di da che per con e o dei della nel si non è
    的 了 在 是 和 与 及 或 等 被 将 已 为 对 也 都 而 其 该 这 那 我 你 他 她 它 们 有 不 上 下 中
    """
)

# What an editor adds or drops without saying anything else; "to" and "from" are none of these.
FILLERS = _words("a an the is are was were be been being has have had its it that and of s")

# How often everyday words occur in headlines and leads: the share of stories, by rough tiers.
_COMMON = {
    0.03: """
    new year time people report company country world government state last month day million
    billion percent news monday tuesday wednesday thursday friday saturday sunday announce
    announcement official former according latest big top best back three four five six seven eight
    nine ten part number source show release launch group help work give include set plan call look
    come go know find need see good high low long late early major several update video photo watch
    live business market us uk eu reuters bloomberg
    """,
    0.006: """
    america china europe russia india japan germany france britain england ukraine israel iran
    canada australia korea taiwan italy spain turkey brazil mexico africa asia london paris beijing
    moscow washington york california texas
    """,
    0.012: """
    city town state street president minister prime court
    judge case police law deal price sale stock share bank service user product technology online
    digital internet web computer phone mobile device app change start end open close move turn run
    hold keep lead win lose pay buy sell offer bring face raise rise fall drop cut grow increase
    decrease hit warn reveal confirm deny claim accuse ask expect believe feature version support
    issue problem question answer thing place home house life man woman men women child family
    young night morning second third half january february march april june july august september
    october november december data information public national international global local force
    power review research study member director chief executive ceo head private free real possible
    able available important recent earlier ago soon film game star fan series season movie music
    song play player story event car food health hospital school student teacher university job
    money cost tax fund budget bill vote election party leader war army military border oil gas
    energy water air land sea road train plane flight weather storm fire death body book history
    idea reason result effect point side level line order past future history team season match
    job worker union office build building room door window road property rent order letter list
    record test try fight block seek stop push pull send leave return visit meet talk speak speech
    word write learn teach train visit eat drink sleep walk drive stay join agree reject approve
    allow ban protest rule right freedom peace crisis emergency disease virus covid vaccine drug
    doctor patient scientist expert critic fear hope love hate joke fun art culture church animal
    dog cat fish plant tree green red blue white black gold super small large huge full short hard
    easy fast slow cheap expensive strong weak rich poor old next final original special similar
    different social political economic financial industry trade import factory restaurant hotel
    travel tourist sport football baseball soccer olympic prize award
    """,
}

# What security news is made of: two headlines that share nothing else share nothing.
_CORE = """
    attack attacker breach campaign critical cyber cyberattack cybersecurity data deploy exploit
    exploitation fix flaw hack hacker malware patch ransomware security steal target threat
    victim vulnerability vulnerable zero 漏洞 安全 攻击 黑客
"""

# Words that nearly every item of a subject uses: they describe the genre, not the event.
_GENRE = """
    access account active activity actor admin administrator advanced advisory affect agency ai
    alert allow analysis analyst android antivirus api application apt arbitrary authentication
    authorization automation backdoor banking bitcoin blog botnet browser bug bulletin bypass
    chain cisa cloud code commit compromise confidential config control credential crime
    criminal crypto cryptocurrency customer cve cybercrime cybercriminal damage danger dark
    database defend defender defense detect detection developer disclose discover discovery
    domain download email emergency employee encrypt encryption endpoint enterprise espionage
    evade execute execution expose exposure extension extort extortion fake federal file
    firewall firm firmware fraud gain gang github hijack hole host identity impact incident
    infect infection infostealer infrastructure injection install intelligence iot key lateral
    leak leverage library link linux loader login malicious mitigate mitigation model monitor
    network novel npm operation operator organization package password payload persistence
    persistent phish platform plugin policy popular privacy privilege process program protect
    protection proxy ransom rat rce remote researcher response risk root router safe safety
    sanction scam scammer script secret secure sensitive sentence server severe severity site
    software sophisticated spy spyware stealer stealthy strengthen supply suspect suspicious
    system technique theft tool traffic trick trojan unauthenticated unauthorized unknown
    unpatched urgent warning weakness weaponize webinar website widely wild windows worm xss 5g
    chip equipment export license semiconductor smartphone telecom tablet 软件 公司 发布 系统
    网络 用户 公告
"""

# The watched subjects themselves: in this program's feeds they are in most entries.
_TOPIC = """
    huawei harmonyos harmony hongmeng openharmony emui 华为 鸿蒙 为鸿 蒙系 microsoft google apple
    samsung amazon
"""

_SYNONYMS = """
    vulnerability flaw bug hole weakness vuln vulnerabilitie loophole 漏洞
    hacker attacker intruder 黑客
    patch fix hotfix 补丁 修复
    zeroday 0day
    exploit weaponize abuse
    breach intrusion
    arrest detain nab apprehend
    license licence licensing 许可
    revoke rescind withdraw
    ban prohibit bar outlaw 禁止 禁令
    sue lawsuit suit
    phone smartphone handset 手机
    find found discover uncover
    steal stole stolen swipe
    win won
    sell sold
    buy bought
    hide hidden
    lose lost
    tech technology technologie
    fall fell fallen
    rise rose risen
    grow grew growth
    kill dead death die
    arrive arrival
    usa america american washington 美国
    uk britain british 英国
    china chinese beijing cina chine 中国 北京
    germany german berlin germania allemagne alemania deutschland 德国
    russia russian moscow russland russie rusia 俄罗
    iran iranian tehran 伊朗
    japan japanese giappone japon 日本
    france french paris francia frankreich 法国
    italy italian rome italia italie italien 意大
    spain spanish madrid espana españa spanien spagna 西班
    india indian 印度
    taiwan taiwanese taipei 台湾
    korea korean seoul corea coree 韩国
    europe european eu europa 欧盟 欧洲
    ukraine ukrainian kyiv kiev 乌克
    canada canadian 加拿
    australia australian 澳大
    asia asian
    africa african
    mexico mexican
    brazil brazilian
    argentina argentine argentinian
    venezuela venezuelan
    turkey turkish
    israel israeli
    palestine palestinian
    syria syrian
    iraq iraqi
    egypt egyptian
    afghanistan afghan
    pakistan pakistani
    thailand thai
    vietnam vietnamese
    indonesia indonesian
    malaysia malaysian
    philippines philippine filipino
    switzerland swiss
    austria austrian
    greece greek
    netherlands dutch
    sweden swedish
    norway norwegian
    denmark danish
    poland polish
    portugal portuguese
    ireland irish
    scotland scottish
    huawei 华为
    harmonyos hongmeng 鸿蒙
    microsoft 微软
    google 谷歌
    apple 苹果
    samsung 三星
    qualcomm 高通
    intel 英特
    nvidia 英伟
    tsmc 台积
    smic 中芯
    kirin 麒麟
    ascend 昇腾
    vodafone 沃达
    ericsson 爱立
    nokia 诺基
    backdoor 后门
    sanction 制裁
    export 出口
    data 数据
    leak 泄露 泄漏
    virus 病毒
    malware 恶意
    update 更新
    bankruptcy bankrupt
    quit resign
    acquire acquisition takeover buyout
    merge merger
    shutdown seize seizure takedown
    chip semiconductor chipset processor 芯片
    crypto cryptocurrency
    dos ddos
    postpone delay
"""

# A number after one of these names a version, and another number another thing.
PRODUCTS = _words(
    """
    harmonyos hongmeng openharmony harmony next emui ios ipados macos android windows chrome firefox
    safari edge linux kernel ubuntu debian mate pura nova kirin ascend galaxy iphone pixel wordpress
    php python magicos hyperos oneui 鸿蒙 os part episode ep volume vol issue no level week day
    chapter round
    """
)

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan gennaio",
            "february feb febbraio",
            "march mar marzo",
            "april apr aprile",
            "may maggio",
            "june jun giugno",
            "july jul luglio",
            "august aug agosto",
            "september sep sept settembre",
            "october oct ottobre",
            "november nov novembre",
            "december dec dicembre",
        ),
        1,
    )
    for name in names.split()
}

NEGATIONS = _words(
    """
    no not never none nor without cannot cant dont doesnt didnt isnt arent wasnt werent
    wont wouldnt shouldnt couldnt hasnt havent hadnt deny denies denied denying refute
    refutes refuted false fake unlikely fails failed 不 没 未 无 非 否认
    """
)

# A headline with one of these is one of a series; the same words come again for another text.
SERIES = _words(
    """
    weekly daily monthly digest roundup recap newsletter live liveblog podcast episode stormcast
    briefing morning evening horoscope crossword wordle quiz webinar 周报 日报 月报 早报 晚报 直播
    """
)
SERIES_PHRASES = ("this week", "week in", "round-up", "in brief", "as it happened", "open thread")

_GENRE_CAP, _CORE_CAP, _TOPIC_CAP, _NUMBER_CAP, _CJK_CAP = 3.5, 3.0, 2.0, 4.5, 4.5
EVERYDAY = 6.0  # cap of the words of `everyday.txt`
# caps above which a term is not of the core, not of the genre, not in any table
TELLING, USEFUL, SPECIAL = 3.2, 3.6, 9.0
_UNBOUND = 12.4  # beyond any rarity; times the most a term counts it still fits a byte
_WORD = 40  # characters of a token that count


def stem(word: str) -> str:
    """The word without its plural or the commonest verb endings; short words stay."""
    if len(word) < 4 or not word.isascii() or not word[0].isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif not word.endswith(("ss", "us")):
        word = word.removesuffix("s")
    for ending in ("ing", "ed", "ly", "ion"):
        root = word.removesuffix(ending)
        if root != word and len(root) > 2 and any(vowel in root for vowel in "aeiouy"):
            doubled = root[-1] == root[-2] and root[-1] not in "sl"
            root = root[:-1] if doubled else root
            return stem(root) if ending == "ly" else root  # "reportedly" as "report"
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


@cache
def _everyday() -> frozenset[str]:
    """The roots of `everyday.txt`: English that names nothing, but isn't as common as the tables'.

    Such a word weighs what it is found to; two headlines that share nothing else share little.
    """
    from importlib.resources import files

    text = files("monitor.cluster").joinpath("everyday.txt").read_text("utf-8")
    return frozenset(_SAME.get(stem(word), stem(word)) for word in text.split())


def _table() -> tuple[dict[str, str], dict[str, float]]:
    """Stem -> the one stem of its synonyms, and stem -> the most it may weigh."""
    same: dict[str, str] = {}
    for line in _SYNONYMS.strip().splitlines():
        head, *others = (stem(word) for word in line.split())
        same.update((other, head) for other in others)
    caps = {
        same.get(stem(word), stem(word)): -log(share)
        for share, words in _COMMON.items()
        for word in words.split()
    }
    for words, cap in ((_GENRE, _GENRE_CAP), (_CORE, _CORE_CAP), (_TOPIC, _TOPIC_CAP)):
        caps.update((same.get(stem(word), stem(word)), cap) for word in words.split())
    return same, caps


_SAME, _CAPS = _table()


def root(token: str) -> str:
    """What a token of `text.tokens` counts as; "" for one that means nothing."""
    if token in STOP:
        return ""
    stemmed = stem(token[:_WORD])
    stemmed = _SAME.get(stemmed, stemmed)
    return "" if stemmed in STOP else stemmed


def cap(root: str) -> float:
    """The most that a root may weigh."""
    return _CAPS.get(root) or _usual_cap(root)


def _usual_cap(root: str) -> float:
    if not root.isascii():
        return _CJK_CAP if len(root) <= 2 else _UNBOUND
    if root.isdigit():
        return _NUMBER_CAP if len(root) > 1 else 2.0
    if len(root) < 2:
        return 1.0
    return EVERYDAY if root in _everyday() else _UNBOUND
