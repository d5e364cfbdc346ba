"""`python -m benchmarks.journey`"""

import asyncio

from benchmarks.harness import show, table
from benchmarks.journey.measure import measure

show(table(asyncio.run(measure())))
