"""What the panes show: rows, their order, the filter, counts, marks with undo. No Textual here.

store -> Board -> three PaneView -> Row           config -> Board
               -> Marks (with undo)    story -> Detail, ledger.py, timeline.py -> Page
library -> bulletins.py -> row, fixes.py -> an opened one, cve.py -> Page, chart.py

Only what the main screen needs is imported here.
"""

from monitor.view.board import Board, Front, Snapshot, StoryStore, is_patch
from monitor.view.bulletins import BulletinLine, BulletinSort, make_line
from monitor.view.detail import (
    Detail,
    Link,
    SourceLine,
    edit_says,
    make_detail,
    make_link,
    related_steps,
    stamp,
    with_figures,
    with_related,
    with_said,
    with_texts,
)
from monitor.view.marks import Change, Correction, Marks, MarkStore
from monitor.view.narrow import Filtered, Shown
from monitor.view.panes import PaneView, Problem, Sort
from monitor.view.rows import Row, age, kind_of, make_row

__all__ = [
    "Board",
    "BulletinLine",
    "BulletinSort",
    "Change",
    "Correction",
    "Detail",
    "Filtered",
    "Front",
    "Link",
    "MarkStore",
    "Marks",
    "PaneView",
    "Problem",
    "Row",
    "Shown",
    "Snapshot",
    "Sort",
    "SourceLine",
    "StoryStore",
    "age",
    "edit_says",
    "is_patch",
    "kind_of",
    "make_detail",
    "make_line",
    "make_link",
    "make_row",
    "related_steps",
    "stamp",
    "with_figures",
    "with_related",
    "with_said",
    "with_texts",
]
