"""Say before anything is installed whether this Python can run Podium. Runs on old versions too."""

import sys

OLDEST = (3, 11)


def main() -> None:
    """Exit with one line that says what to do, if this Python will not do."""
    if sys.version_info < OLDEST:
        found = "{}.{}".format(*sys.version_info[:2])
        sys.exit("Podium needs Python 3.11 or newer, this is {}: make PYTHON=python3.11 ...".format(found))  # noqa: UP032
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        sys.exit("This Python cannot make virtual environments. On Debian: apt-get install python3-venv")


main()
