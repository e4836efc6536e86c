"""Makes the stand-in fit importable from every test of the charts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
