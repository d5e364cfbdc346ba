"""`python -m benchmarks.journey`"""

import uvloop

from benchmarks.harness import show, table
from benchmarks.journey.measure import measure

show(table(uvloop.run(measure())))
