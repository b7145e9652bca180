"""The program's entry, also as `python -m monitor`."""

import gc


def main() -> None:
    """Run the command line. Looking for garbage takes a tenth of the start, and imports make none:
    what runs for long switches the collector on again."""
    gc.disable()
    from monitor.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
