"""`python -m iopflow`: the command line."""

import sys

from iopflow.cli import main

sys.exit(main())
