"""One form for the many addresses of an article: no tracking, AMP, mobile or redirect forms.

It is for comparing only: what is opened is the address as published.
"""

import re
from typing import Final
from urllib.parse import quote, unquote

from monitor.text import web_url

_PARTS: Final = re.compile(
    r"https?://(\[[^\]]*\]|[^/?#:]+)(?::(\d+))?([^?#]*)(?:\?([^#]*))?", re.IGNORECASE
)
_SUBDOMAINS: Final = re.compile(r"^(?:(?:www\d?|m|mobile|amp|wap|touch)\.)+(?=[^.]+\.)")
_MOBILE: Final = re.compile(r"(?:\.m)+\.(?=[^.]+\.)")  # as Wikipedia has it
_AMP_CACHE: Final = re.compile(r"/(?:amp|c|v|i)/(?:s/)?((?:[\w-]+\.)+[a-z]{2,}/.*)", re.IGNORECASE)
_AMP_PATH: Final = re.compile(r"^/amp(?=/.)|(?:/amp)+/?$|\.amp$|\.amp(?=\.html?$)", re.IGNORECASE)
_INDEX: Final = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_ALIAS: Final = re.compile(r"amp|/index\.|/default\.", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})?")
_UNRESERVED: Final = frozenset(  # RFC 3986, 2.3
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
# Parameters that say where a reader came from, not what is read.
_TRACKING: Final = re.compile(
    r"(?:utm_|at_|mtm_|pk_|piwik_|matomo_|hsa_|oly_|vero_|itm_|trk_|_hs|ga_|spm|guce_).*"
    r"|(?:fb|g|dc|gb|wb|ms|y|tw|tt|ir|z)cl[ask]?(?:id|rc)|[gw]braid|igsh(?:id)?|li_fat_id|mkt_tok"
    r"|mc_[ce]id|_ga|_gl|_openstat|guccounter|ref|ref_?(?:src|url)|referr?er|cmp(?:id)?|icid|ncid|ocid"
    r"|ito|sr_share|smid|smtyp|soc_(?:src|trk)|taid|xtor|wt\.?[\w.]*mc[\w.]*|ftag|ftcamp|s_cid|scm"
    r"|share_?(?:token|from|source|id)|__twitter_impression|campaign_?id|partner|rss|feed"
    r"|amp|output(?:type)?=amp|view=amp|source=(?:rss|feed|twitter|facebook|newsletter)",
    re.IGNORECASE,
)
# Hosts that only pass readers on, and the parameters in which they carry the address.
_REDIRECTORS: Final = re.compile(
    r"(?:(?:news|feedproxy)\.)?google\.[a-z.]{2,6}|bing\.com|lm?\.facebook\.com|l\.instagram\.com"
    r"|duckduckgo\.com|out\.reddit\.com|t\.umblr\.com|vk\.com|linkedin\.com|link\.zhihu\.com"
    r"|[\w.]*safelinks\.protection\.outlook\.com|go\.redirectingat\.com|getpocket\.com|(?:t|sinaurl)\.cn"
    r"|feedproxy\.[\w.]+|feeds\.feedburner\.com|steamcommunity\.com|youtube\.com|exit\.sc"
)
_TARGETS: Final = frozenset(("url", "u", "q", "to", "target", "uddg", "dest", "redirect"))


def canonical(url: str) -> str:
    """The address to compare `url` by; "" if it is no web address.

    Scheme https, host in lower case and without "www." and mobile names, no default port, no
    fragment, parameters in order. What is wrapped more than twice stays wrapped.
    """
    for _ in range(3):
        match = _PARTS.match(url)
        if not match or not web_url(url):
            return ""
        host, port, path, query = match.groups("")
        host = _host(host)
        inner = _wrapped(host, path, query)
        if not inner:
            break
        url = inner
    suffix = f":{port}" if port not in ("", "80", "443") else ""
    kept = _parameters(query) if query else ""
    return f"https://{host}{suffix}{_path(path)}{kept}"


def _host(host: str) -> str:
    host = host.lower().rstrip(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return host
    return _MOBILE.sub(".", _SUBDOMAINS.sub("", host, count=1))


def _wrapped(host: str, path: str, query: str) -> str:
    """The address within a redirector's or an AMP cache's, or ""."""
    if host.startswith("google.") or host.endswith(".ampproject.org"):
        cached = _AMP_CACHE.fullmatch(path)
        if cached:
            return "https://" + cached[1] + ("?" + query if query else "")
    if not query or path == "/search" or not _REDIRECTORS.fullmatch(host):
        return ""
    for parameter in query.split("&"):
        name, _, value = parameter.partition("=")
        if name.lower() in _TARGETS and value[:4].lower() == "http":
            return web_url(unquote(value))
    return ""


def _path(path: str) -> str:
    path = _escaped(path)
    if "/." in path or "//" in path:
        path = _without_dots(path)
    path = path.rstrip("/")
    if not _ALIAS.search(path):
        return path
    shorter = _INDEX.sub("", _AMP_PATH.sub("", path))
    return path if shorter == path else _path(shorter)


def _escaped(part: str) -> str:
    """Percent-escapes in their normal form (RFC 3986, 6.2.2)."""
    if "%" in part:
        part = _ESCAPE.sub(_escape, part)
    return part if part.isascii() else quote(part, safe="/%:@!$&'()*+,;=~?[]")


def _escape(match: re.Match[str]) -> str:
    if not match[1]:
        return "%25"  # a sign that begins no escape must not come to begin one
    char = chr(int(match[1], 16))
    return char if char in _UNRESERVED else match[0].upper()


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4, and without empty segments."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept)


def _parameters(query: str) -> str:
    kept = sorted(
        parameter
        for parameter in re.split("[&;]", _escaped(query))
        if parameter
        and not _TRACKING.fullmatch(parameter)
        and not _TRACKING.fullmatch(parameter.partition("=")[0])
    )
    return "?" + "&".join(kept) if kept else ""
