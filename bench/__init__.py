"""Benchmarks: the product through its real way in, beside reference targets, on one machine in one go."""
