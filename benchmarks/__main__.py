"""All benchmarks, run by `make bench`.

Posteriors beside those of other software, what a click costs in Python, and what a person waits for.
"""

from __future__ import annotations

import argparse

from benchmarks import browser, click, posteriors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="without the large models and compiled peers")
    posteriors.main(parser.parse_args().quick)
    print("\nA click on 10 000 rows, in Python:")
    click.main()
    print("\nWhat a person waits for, in JupyterLab and Chromium:")
    browser.main()


if __name__ == "__main__":
    main()
