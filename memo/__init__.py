"""The project: URL mounts, clock, wiring. Imports nothing: memo.embedded and memo.processes work without Django."""
