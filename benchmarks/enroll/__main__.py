"""`python -m benchmarks.enroll`"""

import asyncio

from benchmarks.harness import show
from benchmarks.enroll.measure import measure

show(asyncio.run(measure()))
