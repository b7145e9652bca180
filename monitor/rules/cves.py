"""Transitions of vulnerabilities: what was known before a batch and what is now -> alerts."""

from collections.abc import Iterable, Iterator, Sequence

from monitor.alert import About, Alert, Subject
from monitor.models import RANK, On, Severity, Transition
from monitor.query.cves import Case, Cases
from monitor.rules.compiled import Compiled, HasFired, Moved
from monitor.rules.days import RECENT, day, is_recent_month
from monitor.text import month_name
from monitor.vulnerability import Listing, Vulnerability, severities

_ORDER = (
    Transition.PATCH,
    Transition.DISAGREE,
    Transition.SEVERITY,
    Transition.EPSS,
    Transition.KEV,
)
KNOWN = "known"  # KEV's word for what ransomware campaigns use


def cve_alerts(
    rules: Sequence[Compiled],
    before: Vulnerability,
    after: Case,
    fired: HasFired,
    now: float,
    *,
    news: bool = True,
) -> list[Alert]:
    """What the rules fire for one vulnerability.

    What is no `news`, as it came with a backfill, only fires that a recent bulletin lists it.
    """
    found, corpus = [], Cases.of([after])
    levels = {on for rule in rules for on in rule.on}
    moves = list(_moves(levels, before, after.known, now, news))
    for rule in rules if moves else ():
        moved = [
            one
            for one in moves
            if one.on in rule.on
            and not fired(rule.rule.id, Subject.CVE, one.state, [after.known.cve])
        ]
        if moved and rule.query.select(corpus, (0,), now):
            found.append(rule.alert(about(after.known), moved, now))
    return found


def is_recent(known: Vulnerability, now: float) -> bool:
    """Whether a record of it, or a bulletin that lists it, is news."""
    dates = (record.published for record in known.records)
    return any(when is not None and now - when <= RECENT for when in dates) or any(
        is_recent_month(listing.month, now) for listing in known.listings
    )


def states(rule: Compiled, known: Vulnerability) -> Iterator[Moved]:
    """The states of a rule that a vulnerability is in, as if bulletins had been first."""
    nothing, listed = Vulnerability(known.cve), Vulnerability(known.cve, listings=known.listings)
    for on in rule.on:
        match on.what:
            case Transition.PATCH:
                for one in known.listings:
                    yield Moved(on, f"patch {one.vendor} {one.line}", _listing(one))
            case Transition.EPSS:
                if known.likelihood and known.likelihood.epss >= on.level:
                    yield Moved(on, str(on), f"EPSS is {known.likelihood.epss:.3f}")
            case Transition.SEVERITY:
                yield from _rose(on, listed, known)
            case _:
                yield from _MOVERS[on.what](on, nothing, known)


def _moves(
    ons: Iterable[On], before: Vulnerability, after: Vulnerability, now: float, news: bool
) -> Iterator[Moved]:
    """The states that it came to, those that tell least first."""
    for on in sorted(ons, key=lambda on: (_ORDER.index(on.what), on.level)):
        if on.what is Transition.PATCH:
            yield from _listed(on, before, after, now)
        elif news:
            yield from _MOVERS[on.what](on, before, after)


def _listed(on: On, before: Vulnerability, after: Vulnerability, now: float) -> Iterator[Moved]:
    lines = {(one.vendor, one.line) for one in before.listings}
    for one in after.listings:
        if (one.vendor, one.line) not in lines and is_recent_month(one.month, now):
            yield Moved(on, f"patch {one.vendor} {one.line}", _listing(one))


def _listing(one: Listing) -> str:
    rated = f", as {one.row.severity}" if RANK[one.row.severity] else ""
    month = month_name(one.month) if one.month[4:5] == "-" else one.month
    return f"fixed by {one.vendor} for {one.line}, bulletin of {month}{rated}"


def _disagree(on: On, before: Vulnerability, after: Vulnerability) -> Iterator[Moved]:
    now, then = severities(after), severities(before)
    if len(set(now.values())) > 1 and len(set(then.values())) < 2:
        said = sorted(now.items(), key=lambda one: -RANK[one[1]])
        yield Moved(on, "disagree", ", ".join(f"{party}: {word}" for party, word in said))


def _rose(on: On, before: Vulnerability, after: Vulnerability) -> Iterator[Moved]:
    if not (before.records or before.listings):
        return
    then = max(severities(before).values(), key=RANK.__getitem__, default=Severity.UNKNOWN)
    for party, severity in severities(after).items():
        if RANK[severity] > RANK[then] and severity is _gravest(after):
            was = f"{then} before" if RANK[then] else "not rated before"
            yield Moved(on, severity.value, f"rated {_rating(after, party, severity)}; {was}")
            return


def _gravest(known: Vulnerability) -> Severity:
    return max(severities(known).values(), key=RANK.__getitem__, default=Severity.UNKNOWN)


def _rating(known: Vulnerability, party: str, severity: Severity) -> str:
    ratings = (rating for record in known.records for rating in record.ratings)
    scores = [rating.score for rating in ratings if rating.by == party and rating.score is not None]
    return f"{severity} by {party}" + (f" (CVSS {max(scores):.1f})" if scores else "")


def _crossed(on: On, before: Vulnerability, after: Vulnerability) -> Iterator[Moved]:
    then, now = before.likelihood, after.likelihood
    if then is None or now is None or then.model != now.model:
        return  # scores compare only within one model
    if then.epss < on.level <= now.epss:
        yield Moved(on, str(on), f"EPSS rose from {then.epss:.3f} to {now.epss:.3f}")


def _exploited(on: On, before: Vulnerability, after: Vulnerability) -> Iterator[Moved]:
    then, row = before.exploited, after.exploited
    if row is None:
        return
    if then is None:
        rated = severities(after)
        top = max(rated, key=lambda party: RANK[rated[party]], default="")
        more = f"; {_rating(after, top, rated[top])}" if top else ""
        yield Moved(on, "kev", f"KEV added {day(row.added)}{more}")
    if row.ransomware.lower() == KNOWN and (then is None or then.ransomware.lower() != KNOWN):
        yield Moved(on, "kev ransomware", "KEV: known to be used in ransomware campaigns")


def about(known: Vulnerability) -> About:
    """By its id, and the best title there is."""
    titles = [record.title for record in known.records]
    titles += [known.exploited.name] if known.exploited else []
    titles += [one.row.summary or one.row.component for one in known.listings]
    links = (link for record in known.records for link in record.references)
    title = next(filter(None, titles), "")
    return About(known.cve, f"{known.cve}: {title}" if title else known.cve, next(links, ""))


_MOVERS = {
    Transition.DISAGREE: _disagree,
    Transition.SEVERITY: _rose,
    Transition.EPSS: _crossed,
    Transition.KEV: _exploited,
}
