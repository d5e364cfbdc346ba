"""`python -m benchmarks.journey`"""

import asyncio

from benchmarks.harness import show
from benchmarks.journey.measure import measure

show(asyncio.run(measure()))
