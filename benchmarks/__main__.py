"""`python -m benchmarks`: all of them, in a short form; `--full` takes more work per turn."""

import argparse

import uvloop

from benchmarks import harness
from benchmarks.enroll.measure import measure as enrollments
from benchmarks.journey.measure import measure as journeys
from benchmarks.memory.measure import measure as sleepers
from benchmarks.memory.measure import table as table_of_sleepers
from benchmarks.overhead.measure import measure as histories
from benchmarks.overhead.report import table as table_of_histories


async def main(*, full: bool) -> None:
    harness.show(table_of_histories(await histories()))
    harness.show(table_of_sleepers(await sleepers(runs=2000 if full else 300)))
    harness.show(harness.table(await journeys(at_once=100 if full else 30)))
    harness.show(harness.table(await enrollments(count=1000 if full else 150)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="more work per turn, for steadier figures")
    uvloop.run(main(full=parser.parse_args().full))
