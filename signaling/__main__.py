"""``python -m signaling`` is ``podium``."""

import sys

from signaling.cli import main

sys.exit(main())
