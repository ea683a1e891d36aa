"""Measurements of the kernel, as ratios: `make bench` (docs/benchmarks.md)."""
