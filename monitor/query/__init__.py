"""The query language of the filter, of `monitor list`, of saved queries and of rules.

    huawei nsa                  both words, anywhere in title, summary, outlet or CVE ids
    "state-backed hackers"      a phrase
    huawei OR 华为              either; AND binds tighter, parentheses group
    -rumour   -(a OR b)         without; NOT is the same as -
    /kirin ?9\\d{3}/             a pattern of RE2, upper and lower case alike; \\/ for a slash
    ~harmonyso                  a title that has about this word
    feed:bbc kind:state,vendor  fields; a comma means any of these values

Fields of stories: feed (start of its id), kind, topic, cve (start of the id, `cve:2025` too), lang
(start), outlet and title (a part of it), newer and older (45s 30m 2h 7d 4w, or a date in UTC),
is (pinned, unread, read, duplicated), has (cve, sources, hidden), sources (3, >3, <=2).

Bulletins and their rows have fields of their own: see `patches`, which has to be asked for, as the
first frame needs none of it.
"""

from monitor.query.parser import QueryError, parse
from monitor.query.query import Query
from monitor.query.stories import Corpus

__all__ = ["Corpus", "Query", "QueryError", "parse"]
