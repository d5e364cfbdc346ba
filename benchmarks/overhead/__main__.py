"""`python -m benchmarks.overhead`"""

import asyncio

from rich.console import Console

from benchmarks.overhead.measure import measure
from benchmarks.overhead.report import table

Console().print(table(asyncio.run(measure())))
