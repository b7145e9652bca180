"""httpx without what a poll doesn't use of it: a third of the time that its import takes."""

import sys
from typing import cast

_modules = cast("dict[str, object]", sys.modules)
_modules.setdefault("httpx._main", None)  # its command line, with click, rich and pygments

import httpcore  # noqa: E402
import httpx  # noqa: E402

# httpcore looks for this at every request, on the whole disk where it isn't installed.
_modules.setdefault("sniffio", None)

__all__ = ["httpcore", "httpx"]
