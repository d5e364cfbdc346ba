"""Speed and cost, each figure from one run beside its reference. `python -m benchmarks` runs all in a short form."""
