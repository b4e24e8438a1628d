"""Timings beside the peers, correctness first. Run all with ``python -m bench``, one with ``python -m bench NAME``."""
