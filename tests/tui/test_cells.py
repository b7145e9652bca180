"""Text in terminal cells."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from monitor.text import clean
from monitor.tui.cells import cut, fit, wrap

TEXTS = st.text(alphabet=st.sampled_from("ab 华为🎉é́ｆ…\u200d"), max_size=60).map(clean)


@given(TEXTS, st.integers(1, 40))
def test_a_column_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(cut(text, width)) <= width


@given(TEXTS, st.integers(2, 30))
def test_wrapping_keeps_every_word_and_never_runs_over(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_chinese_is_broken_anywhere_and_english_at_spaces() -> None:
    assert wrap("华为发布鸿蒙系统", 8) == ["华为发布", "鸿蒙系统"]
    assert wrap("Huawei shows a phone", 12) == ["Huawei shows", "a phone"]
    assert wrap("one\ntwo", 12) == ["one", "two"]
