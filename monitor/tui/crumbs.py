"""Where one is, at the top of a screen over the lists: Patches › Huawei phones 2025-08 › CVE-…"""

from collections.abc import Sequence
from typing import ClassVar

from monitor.text import clean
from monitor.tui.status import Run, RunLine


class Crumbs(RunLine):
    """The screens on the way here, the last one lit."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--on", "tabs--off", "tabs--line"}

    def __init__(self) -> None:
        super().__init__(id="crumbs")

    def runs(self) -> Sequence[Run]:
        stack = self.app.screen_stack
        stack = stack[: stack.index(self.screen) + 1] if self.screen in stack else stack
        names = [clean(name, 60) for screen in stack if (name := getattr(screen, "crumb", ""))]
        runs: list[Run] = []
        for name in names[:-1]:
            runs += [(name, "tabs--off"), (" › ", "tabs--line")]
        return [*runs, *((name, "tabs--on") for name in names[-1:])]
