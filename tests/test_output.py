"""Tables for people: columns that give way to the last one, cut only where a width is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from monitor.output import LEAST, WIDEST, table

OUTLET, TITLE = "Outlet with a very long name (sample)", "T" * 90


def test_without_a_width_nothing_of_the_last_column_is_cut() -> None:
    assert TITLE in table([("a", OUTLET, TITLE)])


@pytest.mark.parametrize(
    ("width", "outlet", "title"),
    [(200, WIDEST, 90), (80, WIDEST, 47), (60, 25, 30), (40, 15, 20), (20, LEAST, 20)],
)
def test_a_wide_column_gives_way_to_the_last(width: int, outlet: int, title: int) -> None:
    line = table([("a", OUTLET, TITLE)], width)
    mark, name, rest = line.split("  ")
    assert (mark, len(name), len(rest)) == ("a", outlet, title)


def test_columns_keep_their_width_where_titles_are_short() -> None:
    assert OUTLET[: WIDEST - 1] in table([("a", OUTLET, "short")], 60)


@given(
    st.lists(st.tuples(*[st.text(st.characters(categories=("L", "N", "Zs")))] * 4), max_size=5),
    st.integers(72, 200),  # below, the other columns keep the least that they need
)
def test_a_line_is_no_wider_than_it_may_be(rows: list[tuple[str, ...]], width: int) -> None:
    for line in table(rows, width).splitlines():
        assert wcswidth(line) <= width
