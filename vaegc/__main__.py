"""`python -m vaegc` is the command `vaegc`."""

import sys

from vaegc.cli import main

sys.exit(main())
