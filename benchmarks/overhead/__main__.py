"""`python -m benchmarks.overhead`"""

import asyncio

from benchmarks.harness import show
from benchmarks.overhead.measure import measure
from benchmarks.overhead.report import table

show(table(asyncio.run(measure())))
