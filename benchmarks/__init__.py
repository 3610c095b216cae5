"""What the bridge costs, measured and printed: `python -m benchmarks [NAME ...]`. Nothing here passes or fails by time."""
