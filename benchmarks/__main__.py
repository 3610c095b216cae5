"""`python -m benchmarks [imports] [hints] [converging] [story]`: all of them, or those that are named."""

from __future__ import annotations

import argparse
import os
import platform

from benchmarks import converging, hints, imports, story

MEASUREMENTS = {"imports": imports.measure, "hints": hints.measure, "converging": converging.measure, "story": story.measure}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)} (default: all)")
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        parser.error(f"there is no {', '.join(unknown)}")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load before the start {load}")
    for name in names:
        print(f"\n== {name}")
        for line in MEASUREMENTS[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main()
