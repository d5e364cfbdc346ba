"""`python -m benchmarks.enroll`"""

import asyncio

from benchmarks.enroll.measure import measure
from benchmarks.harness import show, table

show(table(asyncio.run(measure())))
