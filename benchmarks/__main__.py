"""All benchmarks: posteriors beside those of other software, and what a click costs. Run by `make bench`."""

from __future__ import annotations

import argparse

from benchmarks import click, posteriors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="without the large models and compiled peers")
    posteriors.main(parser.parse_args().quick)
    print("\nA click on 10 000 rows, in Python:")
    click.main()


if __name__ == "__main__":
    main()
