#!/usr/bin/env python3
"""The commands of a checkout: `python3 dev.py run` starts everything, `python3 dev.py test` checks everything.

Needs nothing but Python: it makes .venv, installs the locked packages there and goes on inside it (devtools/).
This file and devtools/bootstrap.py also start under older Pythons, to find a newer one or say that it is missing.
"""

import sys

from devtools import bootstrap

if __name__ == "__main__":
    sys.exit(bootstrap.main(sys.argv[1:]))
