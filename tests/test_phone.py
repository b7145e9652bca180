"""My phone: which bulletins apply, what is open on it, and when it is called late."""

from datetime import UTC, date, datetime
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.advisories.phone import Report, Status, cadence_of, report, shipped
from monitor.advisories.support import support_pages
from monitor.models import Device
from monitor.text import month_after
from monitor.view.devices import devices_page
from monitor.vulnerability import Bulletin, BulletinRow


def at(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


def bulletin(
    month: str,
    *rows: BulletinRow,
    vendor: str = "huawei",
    line: str = "phones",
    day: int | None = None,
) -> Bulletin:
    published = at(int(month[:4]), int(month[5:]), day) if day else None
    rows = rows or (BulletinRow(f"CVE-{month}", affected=("HarmonyOS4.2.0", "EMUI 14.0.0")),)
    return Bulletin(
        f"{vendor}-{line}-{month}", vendor, line, month, "", rows=rows, published=published
    )


MONTHS = [bulletin(month) for month in ("2025-06", "2025-07", "2025-08", "2025-09")]
NOW = at(2025, 9, 20)


def device(**values: str) -> Device:
    return Device("mine", **({"model": "P40 Pro", "system": "EMUI 14.0.0"} | values))


def of(phone: Device, bulletins: list[Bulletin] = MONTHS, now: float = NOW) -> Report:
    return report(phone, bulletins, now)


@pytest.mark.parametrize(
    ("model", "every", "day"),
    [
        ("P40 Pro", "monthly", "2021-01-14"),
        ("HUAWEI P40Pro+", "monthly", "2021-01-14"),
        ("华为 Mate30", "monthly", "2021-01-14"),
        ("P40 Pro 5G", "monthly", "2021-01-14"),
        ("Mate 20 X 5G", "monthly", "2021-01-14"),
        ("Mate 20 X", "monthly", "2020-06-01"),
        ("Mate 20", "quarterly", "2021-01-14"),  # monthly until then
        ("P30 Lite", "quarterly", "2021-01-14"),
        ("P30 lite New Edition", "monthly", "2021-01-14"),
        ("nova 5T", "quarterly", "2020-06-01"),
        ("MediaPad M5 lite", "quarterly", "2020-06-01"),
        ("Mate 60 Pro", "", ""),
        ("nova 13", "", ""),  # no nova that came after the list
        ("P400", "", ""),
        ("", "", ""),
    ],
)
def test_cadence_is_that_of_the_dated_list(model: str, every: str, day: str) -> None:
    cadence = cadence_of(device(model=model), shipped())
    assert (cadence.every, cadence.date) == (every, day)
    if every:
        assert "dated 2021; may have changed" in str(cadence)
        assert cadence.url.startswith("https://")


def test_the_shipped_lists_say_where_they_are_from() -> None:
    for cadence in shipped().models.values():
        assert cadence.every in ("monthly", "quarterly")
        assert cadence.source
        assert date(2020, 1, 1) <= date.fromisoformat(cadence.date) < date(2022, 1, 1)
    text = files("monitor.advisories").joinpath("cadences.toml").read_text("utf-8")
    assert "Dated 2021; may have changed." in text


def test_the_user_knows_better_than_the_list() -> None:
    cadence = cadence_of(device(model="P40", cadence="quarterly"), shipped())
    assert str(cadence) == "quarterly by your configuration"


def test_in_time() -> None:
    found = of(device(patch_level="2025-09-01"))
    assert found.status == Status.IN_TIME
    assert found.why == (
        "The newest bulletin for it is of September 2025, its patch of September 2025: "
        "nothing newer is known here."
    )
    assert found.open == ()
    assert found.due is not None
    assert found.due.month == "2025-10"


def test_due() -> None:
    found = of(device(patch_level="2025-08"))
    assert found.status == Status.DUE
    assert "1 month behind, and patches are monthly by Huawei's list of January 2021" in found.why
    assert "(dated 2021; may have changed): the patch of September 2025 is due." in found.why


def test_overdue_names_whose_word_the_cadence_is() -> None:
    found = of(device(patch_level="2025-07"))
    assert found.status == Status.OVERDUE
    assert found.why == (
        "The newest bulletin for it is of September 2025, its patch of July 2025: 2 months behind, "
        "but patches are monthly by Huawei's list of January 2021, in Optimagazine "
        "(dated 2021; may have changed): August 2025 has been passed over."
    )


def test_a_carrier_gives_a_quarter() -> None:
    phone = device(patch_level="2025-07", carrier="Movistar")
    found = of(phone)
    assert found.status == Status.DUE
    assert "it is of a carrier (Movistar), and carriers may pass patches on only once" in found.why
    assert "TechSpot" in found.why
    longer = [*MONTHS, bulletin("2025-10"), bulletin("2025-11")]
    assert of(phone, longer).status == Status.OVERDUE
    own_word = device(patch_level="2025-07", carrier="Movistar", cadence="monthly")
    assert of(own_word).status == Status.OVERDUE


@pytest.mark.parametrize(
    ("level", "status"),
    [
        ("2025-09", Status.IN_TIME),
        ("2025-07", Status.IN_TIME),
        ("2025-06", Status.DUE),
        ("2025-05", Status.OVERDUE),
    ],
)
def test_quarterly(level: str, status: Status) -> None:
    found = of(device(model="P40 lite", patch_level=level))
    assert found.status == status
    assert found.due is not None
    assert found.due.month == month_after(level, 3)
    if level == "2025-07":
        assert "the next is due with October 2025." in found.why


@pytest.mark.parametrize("level", ["2025-07", "2019-01"])
def test_an_absent_model_is_unknown_and_not_out_of_support(level: str) -> None:
    found = of(device(model="Mate 60 Pro", patch_level=level))
    assert found.status == Status.UNKNOWN
    assert "How often this model gets patches is not known" in found.why
    assert "says nothing of the end of its support" in found.why
    assert found.due is None
    assert found.open  # what is open does not depend on the cadence


def test_an_absent_model_with_the_newest_patch_is_in_time() -> None:
    assert of(device(model="Mate 60 Pro", patch_level="2025-09")).status == Status.IN_TIME


def test_what_is_not_told_is_unknown() -> None:
    assert "add patch_level" in of(device()).why
    assert of(device()).open == ()
    assert of(device(patch_level="2025-08"), []).why == "No stored bulletin names its system."
    strange = of(device(model="Pixel 8", system="Android 14", patch_level="2025-08"))
    assert (strange.status, strange.bulletins) == (Status.UNKNOWN, ())
    assert "'Android 14'" in strange.why


@pytest.mark.parametrize("model", ["P40 Pro", "P40 lite", "Mate 60 Pro"])
def test_nobody_is_in_time_by_an_old_store(model: str) -> None:
    found = of(device(model=model, patch_level="2025-09"), now=at(2026, 3, 1))
    assert found.status == Status.UNKNOWN
    assert found.why == (
        "The newest bulletin for it is of September 2025, its patch of September 2025. "
        "Nothing is known since September 2025. Whether a newer patch is out can't be told."
    )
    fresh = [*MONTHS, bulletin("2026-02")]
    assert "Nothing is known since" not in of(device(model=model), fresh, at(2026, 3, 1)).why


def test_with_an_old_store_a_cadence_tells_until_the_next_patch_is_due() -> None:
    quarterly = device(model="P40 lite", patch_level="2025-09")
    waiting = of(quarterly, now=at(2025, 11, 25))
    assert waiting.status == Status.IN_TIME
    assert waiting.why.endswith(
        "the next is due with December 2025. Nothing is known since September 2025."
    )
    assert of(quarterly, now=at(2025, 12, 30)).status == Status.UNKNOWN
    earlier = of(device(model="P40 lite", patch_level="2025-08"), now=at(2025, 12, 30))
    assert earlier.status == Status.UNKNOWN
    assert "the one of November 2025 was due. Nothing is known since" in earlier.why
    late = of(device(patch_level="2025-07"), now=at(2026, 3, 1))
    assert late.status == Status.OVERDUE  # what is late stays so, whatever came since


def test_bulletins_for_other_systems_show_that_the_store_is_not_old() -> None:
    row = BulletinRow("CVE-2026-1", affected=("HarmonyOS6.0.0",))
    found = of(
        device(patch_level="2025-09"), [*MONTHS, bulletin("2026-02", row)], now=at(2026, 3, 1)
    )
    assert found.status == Status.IN_TIME


def test_a_patch_level_in_the_future_is_a_mistake() -> None:
    found = of(device(patch_level="2027-05"))
    assert found.status == Status.UNKNOWN
    assert found.why == (
        "Its patch level lies in the future (May 2027): correct patch_level of the device."
    )
    assert of(device(patch_level="2025-10-01")).status == Status.IN_TIME  # patches may come early


@given(st.integers(0, 400))
def test_in_time_is_said_only_while_something_is_known_or_awaited(days: int) -> None:
    now = NOW + days * 86_400
    found = of(device(model="P40 lite", patch_level="2025-09"), now=now)
    assert found.due is not None
    assert found.status in (Status.IN_TIME, Status.UNKNOWN)
    assert (found.status == Status.IN_TIME) == (now <= found.due.last)


# ------------------------------------------------------------- what applies, what is open

ROWS = (
    BulletinRow("CVE-2025-1", affected=("HarmonyOS5.1.0",)),
    BulletinRow("CVE-2025-2", affected=("HarmonyOS4.2.0", "EMUI 14.0.0")),
    BulletinRow("CVE-2025-3"),
    BulletinRow("CVE-2025-4", third_party=True, affected=("EMUI 14.0.0",)),
)


@pytest.mark.parametrize(
    ("system", "certain", "perhaps"),
    [
        ("HarmonyOS 4.2.0", ["2"], ["3"]),
        ("HarmonyOS 4.2.0.186", ["2"], ["3"]),
        ("HarmonyOS 4", ["2"], ["3"]),
        ("harmonyos NEXT 5.1", ["1"], ["3"]),
        ("EMUI 14.0.0", ["2", "4"], ["3"]),
        ("EMUI 4.2.0", [], ["3"]),
        ("HarmonyOS", [], ["1", "2", "3"]),
        ("", [], ["1", "2", "3", "4"]),
    ],
)
def test_open_by_system_version(system: str, certain: list[str], perhaps: list[str]) -> None:
    phone = device(system=system, patch_level="2025-07")
    found = of(phone, [bulletin("2025-08", *ROWS)]).open
    assert [one.cve[-1] for one in found if one.certain] == certain
    assert [one.cve[-1] for one in found if not one.certain] == perhaps


def test_bulletins_that_name_only_other_systems_do_not_apply() -> None:
    newer = bulletin("2025-09", BulletinRow("CVE-2025-9", affected=("HarmonyOS6.0.0",)))
    found = of(device(patch_level="2025-08"), [bulletin("2025-08"), newer])
    assert found.bulletins == ("huawei-phones-2025-08",)
    assert found.status == Status.IN_TIME


def test_what_was_listed_at_the_patch_level_is_not_open() -> None:
    found = of(device(patch_level="2025-07"))
    assert [one.cve for one in found.open] == ["CVE-2025-09", "CVE-2025-08"]


def test_a_cve_that_is_listed_twice_is_open_once() -> None:
    row = BulletinRow("CVE-2025-5")
    sure = BulletinRow("CVE-2025-5", affected=("EMUI 14.0.0",))
    (one,) = of(
        device(patch_level="2025-06"), [bulletin("2025-07", sure), bulletin("2025-08", row)]
    ).open
    assert (one.certain, one.month) == (True, "2025-07")


@pytest.mark.parametrize(
    ("model", "system", "expected"),
    [
        ("Mate 60", "HarmonyOS 4.2.0", "huawei-phones-2025-08"),
        ("MatePad Pro", "HarmonyOS 4.2.0", "huawei-phones-2025-08"),
        ("MateBook X Pro", "HarmonyOS 4.2.0", "huawei-laptops-2025-08"),
        ("HUAWEI WATCH GT 5", "HarmonyOS 4.2.0", "huawei-wearables-2025-08"),
        ("", "OpenHarmony 4.2.0", "openharmony-openharmony-2025-08"),
    ],
)
def test_lines_are_kept_apart(model: str, system: str, expected: str) -> None:
    lines = [
        *(("huawei", "phones"), ("huawei", "laptops"), ("huawei", "wearables")),
        ("openharmony", "openharmony"),
    ]
    row = BulletinRow("CVE-2025-1")
    bulletins = [bulletin("2025-08", row, vendor=v, line=line) for v, line in lines]
    assert of(device(model=model, system=system, patch_level="2025-08"), bulletins).bulletins == (
        expected,
    )


def test_the_next_patch_comes_when_bulletins_came() -> None:
    few = of(device(patch_level="2025-08"))
    assert few.due is not None
    assert (few.due.first, few.due.last) == (at(2025, 9, 1), at(2025, 9, 9) - 1)
    assert few.due.source.startswith("days on which Huawei's bulletins came out")
    days = {"2025-06": 3, "2025-07": 5, "2025-08": 2}
    many = of(
        device(patch_level="2025-08"), [bulletin(month, day=day) for month, day in days.items()]
    )
    assert many.due is not None
    assert (many.due.first, many.due.last) == (at(2025, 9, 2), at(2025, 9, 6) - 1)
    assert many.due.source == "3 bulletins stored here"


@given(
    st.text(),
    st.text(),
    st.sampled_from(["", "2025-08", "2025-08-31", "2019-12"]),
    st.sampled_from(["", "monthly", "quarterly"]),
    st.text(),
    st.lists(st.text(), max_size=3),
)
def test_whatever_a_device_is_called_it_has_a_status_with_a_reason(
    model: str, system: str, level: str, cadence: str, carrier: str, affected: list[str]
) -> None:
    phone = Device("x", "x", model, system, level, cadence, carrier)
    rows = (BulletinRow("CVE-2025-1", affected=tuple(affected)),)
    found = of(phone, [bulletin("2025-08", *rows), *MONTHS, bulletin("2025-01", vendor="x")])
    assert found.why.endswith(".")
    assert found.status != Status.OVERDUE or found.cadence.every


def test_pages_of_help() -> None:
    pages = support_pages()
    assert len({page.url for page in pages}) == len(pages) >= 5
    for page in pages:
        assert page.url.startswith(("https://consumer.huawei.com/", "https://www.huawei.com/"))
        assert page.title
        assert page.find
        assert not page.verified  # nobody here has seen one


def test_a_page_says_that_a_patch_was_expected_once_its_days_are_over() -> None:
    phone = device(patch_level="2025-08")
    for now, word in ((at(2025, 9, 3), ", expected"), (at(2025, 9, 20), ", was expected")):
        items = devices_page([phone], MONTHS, now, UTC).sections[0].items
        (following,) = [item for item in items if item.label == "Next"]
        assert following.text == f"the patch of 2025-09{word} 2025-09-01 to 2025-09-08"
