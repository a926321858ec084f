"""One address for one page: without tracking, mobile and AMP hosts, and link wrappers.

The result only identifies a page; it is not for fetching. Nothing is looked up: a shortened or
opaque link stays what it is.
"""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

MOST_WRAPPERS = 3  # a link inside a link inside a link; more is somebody's trap
LONGEST = 2048

# Parameters that say where a reader came from, never which page it is.
_TRACKING_WORDS = """
    fbclid gclid dclid gbraid wbraid gclsrc msclkid yclid ysclid twclid ttclid li_fat_id igshid
    igsh mc_cid mc_eid mkt_tok _hsenc _hsmi _ga _gl _openstat vgo_ee s_cid scid cmpid cmp ncid
    icid ocid ito smid smtyp sref ref ref_src ref_url referrer referer trk trkcampaign spm xtor
    guccounter guce_referrer guce_referrer_sig __twitter_impression amp amp_js_v usqp outputtype
    rb_clickid rss tsrc soc_src soc_trk taid echobox feature share shared sharing fb_action_ids
    fb_action_types fb_source fb_ref wtrid wt_mc wt_zmc campaign_id at_medium at_campaign
    at_custom1 at_custom2 at_custom3 at_custom4
"""
_TRACKING = frozenset(_TRACKING_WORDS.split())
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "piwik_", "matomo_", "hsa_", "vero_", "oly_", "ns_")
_SHARE_MARKS = {"youtube.com": {"si", "t", "app", "ab_channel", "pp"}, "x.com": {"s", "t"}}

# Host and path of link wrappers, and the parameters that hold the link.
_WRAPPERS = (
    (re.compile(r"(?:^|\.)google\.[a-z.]{2,6}/url$"), ("url", "q")),
    (re.compile(r"^(?:lm?|l)\.(?:facebook|instagram|messenger)\.com/"), ("u",)),
    (re.compile(r"^(?:www\.)?youtube\.com/redirect$"), ("q",)),
    (re.compile(r"^out\.reddit\.com/"), ("url",)),
    (re.compile(r"^(?:www\.|m\.)?vk\.com/away(?:\.php)?$"), ("to",)),
    (re.compile(r"^(?:www\.)?linkedin\.com/(?:redir/redirect|safety/go)$"), ("url",)),
    (re.compile(r"^(?:www\.)?duckduckgo\.com/l/?$"), ("uddg",)),
    (re.compile(r"^t\.umblr\.com/redirect$"), ("z",)),
    (re.compile(r"^slack-redir\.net/link$"), ("url",)),
)
_AMP_VIEWER = re.compile(r"^(?:www\.)?google\.[a-z.]{2,6}/amp/(?:s/)?(?P<inner>.+)$")
_AMP_CACHE = re.compile(r"\.cdn\.ampproject\.org/(?:[a-z]/)?(?:s/)?(?P<inner>[^/]+\.[^/]+/.*)$")
_SAME_HOST = {
    "twitter.com": "x.com",
    "old.reddit.com": "reddit.com",
    "new.reddit.com": "reddit.com",
}
_READER_HOSTS = {"www", "m", "mobile", "mobil", "amp"}


def canonical(url: str | None) -> str | None:
    """The page's identity: host, path and what remains of the query, without a scheme.

    None for what names no page: no web address, or a site's front page.
    """
    parts = _unwrapped(url or "")
    if parts is None:
        return None
    host = _host(parts)
    path, query = _path(parts.path), parts.query
    if host == "youtu.be":
        host, path, query = "youtube.com", "/watch", f"v={path.strip('/')}"
    elif host == "youtube.com" and path.startswith("/shorts/"):
        path, query = "/watch", f"v={path.removeprefix('/shorts/')}"
    kept = _query(query, _SHARE_MARKS.get(host, set()))
    if not path and not kept:
        return None
    return host + path + (f"?{kept}" if kept else "")


def domain(url: str | None) -> str | None:
    """The host that a page is published on, without www, m and amp; None: no web address."""
    parts = _unwrapped(url or "")
    return _host(parts) if parts else None


def _split(url: str) -> SplitResult | None:
    url = url.strip()[:LONGEST]
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        usable = parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    except ValueError:  # a bracketed or otherwise impossible host
        return None
    return parts if usable and " " not in (parts.hostname or "") else None


def _unwrapped(url: str) -> SplitResult | None:
    """The innermost address of a link that may be wrapped in others."""
    parts = _split(url)
    for _ in range(MOST_WRAPPERS):
        inner = _inner(parts) if parts else None
        if inner is None:
            break
        parts = _split(inner) or parts
    return parts


def _inner(parts: SplitResult) -> str | None:
    place = f"{parts.hostname}{parts.path}"
    for pattern, names in _WRAPPERS:
        if pattern.search(place):
            values = dict(parse_qsl(parts.query))
            found = (values[name] for name in names if name in values)
            return next((link for link in found if "." in link), None)
    amp = _AMP_VIEWER.search(place) or _AMP_CACHE.search(place)
    query = f"?{parts.query}" if parts.query else ""
    return amp["inner"] + query if amp else None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".").lower()
    with suppress(UnicodeError):  # what cannot be encoded is kept as it is written
        host = host.encode("idna").decode("ascii")
    labels = host.split(".")
    for place in (0, 1):  # m.example.org and en.m.example.org
        if len(labels) - place > 2 and labels[place] in _READER_HOSTS:
            del labels[place]
    host = ".".join(labels)
    return _SAME_HOST.get(host, host)


def _path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", quote(unquote(path), safe="/:@!$&'()*+,;=~-._"))
    path = re.sub(r"^/amp(?=/)|/amp/?$|(?<=/)index\.(?:html?|php)$", "", path)
    path = re.sub(r"\.amp(?=\.html?$|$)", "", path)
    return path.rstrip("/")


def _query(query: str, marks: set[str]) -> str:
    pairs = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name.lower() not in _TRACKING
        and name.lower() not in marks
        and not name.lower().startswith(_TRACKING_PREFIXES)
    ]
    return urlencode(sorted(pairs))
