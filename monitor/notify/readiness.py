"""What a target lacks on this machine, without sending anything: for `check` and `notify list`."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec

from monitor.models import Config, Target
from monitor.notify.desktop import MISSING as NO_DESKTOP
from monitor.notify.desktop import PROGRAM
from monitor.notify.queue import targets_by_id
from monitor.notify.through_apprise import MISSING as NO_APPRISE
from monitor.text import clean

Find = Callable[[str], str | None]


def lacks(target: Target, environ: Mapping[str, str], find: Find = shutil.which) -> str:
    """What has to be there before anything can be sent to a target, "" if all is."""
    if target.secret_env and not environ.get(target.secret_env, "").strip():
        return f"the environment variable {clean(target.secret_env, 60)} is not set"
    for argv in (target.secret_command, target.command if target.kind == "command" else ()):
        if argv and find(argv[0]) is None:
            return f"{clean(argv[0], 60)} is no program that could be found"
    if target.kind == "desktop" and find(PROGRAM) is None:
        return NO_DESKTOP
    if target.kind == "apprise" and find_spec("apprise") is None:
        return NO_APPRISE
    return ""


def notes(config: Config, environ: Mapping[str, str], find: Find = shutil.which) -> Iterator[str]:
    """What the targets that rules or digests use lack, for people."""
    named = {target for rule in config.rules if rule.enabled for target in rule.notify}
    for target in targets_by_id(config.targets).values():
        used = target.enabled and (target.id in named or target.digest)
        if used and (lack := lacks(target, environ, find)):
            yield f"notify.{target.id}: {lack}"
