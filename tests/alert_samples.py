"""Alerts for the tests of view and screen, about the stories and bulletins of the other samples."""

from collections.abc import Iterable

from msgspec.structs import replace

from monitor.alert import About, Alert, AlertState, Delivery, DeliveryState, Subject
from monitor.models import On, Rule, Severity, Target, Transition
from monitor.store import Store
from tests.screen_samples import DAY, HOUR, MINUTE, NOW

RULES = (
    Rule("nsa", "nsa", title="NSA named", severity=Severity.HIGH),
    Rule("exploited", on=(On(Transition.KEV),), title="Exploited", severity=Severity.CRITICAL,
         notify=("toast", "ops")),
    Rule("noise", "huawei", title="Anything on Huawei", severity=Severity.LOW),
)  # fmt: skip
TARGETS = (Target("ops", "webhook", url="https://ops.example/hook"),)
REFUSED = Delivery(
    "ops", DeliveryState.WAITING, tries=3, when=NOW - 5 * MINUTE, next_try=NOW + 40 * MINUTE,
    error="connection refused",
)  # fmt: skip


def alert(
    rule: str = "nsa",
    kind: Subject = Subject.STORY,
    about: About | None = None,
    *,
    on: Transition = Transition.NEW,
    reason: str = "new, and it matches",
    severity: Severity = Severity.HIGH,
    ago: float = 5 * MINUTE,
    moved: str = "new",
    state: AlertState = AlertState.NEW,
    until: float | None = None,
    **more: object,
) -> Alert:
    """An alert as a rule fires it; its id comes from the store."""
    subject = about or About(
        "nsa1", "NSA broke into Huawei servers, documents show", uids=("nsa1",)
    )
    return Alert(
        "", rule, on, kind, subject, moved, reason, severity, NOW - ago, state=state,
        since=NOW - ago, until=until, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def alerts() -> list[Alert]:
    """One of each kind and state, oldest first."""
    others = tuple(About(f"s{n}", f"Story {n} about Huawei", uids=(f"s{n}",)) for n in range(299))
    return [
        alert("noise", about=About("gone", "A story that retention took", uids=("gone",)),
              severity=Severity.LOW, ago=20 * DAY, state=AlertState.CLOSED),
        alert("noise", Subject.WORD, About("harmonyos", "harmonyos"), on=Transition.SURGE,
              moved="surge", reason="31 entries a day, 4 are usual", severity=Severity.INFO,
              ago=3 * DAY, state=AlertState.ACKNOWLEDGED, note="the developer conference"),
        alert("late", Subject.DEVICE, About("mine", "My P60 Pro"), on=Transition.OVERDUE,
              moved="overdue", reason="patch level 2026-06, 2026-10 is out",
              severity=Severity.MEDIUM, ago=2 * DAY, state=AlertState.SNOOZED,
              until=NOW + 20 * HOUR),
        alert("quiet", Subject.FEED, About("psirt", "Huawei PSIRT"), on=Transition.SILENT,
              moved="silent", reason="nothing for 41 days, 9 are usual",
              severity=Severity.UNKNOWN, ago=DAY, state=AlertState.SNOOZED),
        alert("noise", about=About("fold", "Huawei shows a phone that folds twice",
              uids=("fold",)), others=others, count=300, severity=Severity.LOW, ago=3 * HOUR,
              reason="300 at once, over the limit of 10 an hour"),
        alert("bulletins", Subject.BULLETIN, About("huawei-phones-2026-08",
              "HUAWEI EMUI/HarmonyOS security updates August 2026"), on=Transition.BULLETIN,
              moved="bulletin", reason="58 fixes: 13 high, 43 medium", severity=Severity.MEDIUM,
              ago=2 * HOUR),
        alert("exploited", Subject.CVE, About("CVE-2026-58305", "CVE-2026-58305"),
              on=Transition.KEV, moved="kev", severity=Severity.CRITICAL, ago=HOUR,
              reason="KEV added 2026-11-20; CVSS 8.8 by CISA-ADP", deliveries=(REFUSED,)),
        alert(),
    ]  # fmt: skip


def fire(store: Store, some: Iterable[Alert] | None = None) -> list[Alert]:
    """Put alerts into a store, in the state they have, durably."""
    wanted = alerts() if some is None else list(some)
    fired = [found for one in wanted for found in store.alerts.fire([one])]
    store.alerts.save()
    return [replace(one) for one in fired]
