"""What is measured, against whom: see README.md.

The program is compiled first, as an installation does: otherwise a checkout under
PYTHONDONTWRITEBYTECODE spends a fifth of each start on its own sources.
"""

import compileall
from pathlib import Path

compileall.compile_dir(Path(__file__).parents[1] / "monitor", quiet=2)
