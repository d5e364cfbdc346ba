"""`python -m benchmarks.memory`"""

import asyncio

from benchmarks.harness import show
from benchmarks.memory.measure import measure, table

show(table(asyncio.run(measure())))
