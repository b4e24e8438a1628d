"""Decreed and published figures: dated, cited, reviewed by reading.

``kinds`` says what each kind of fact must state; ``load`` is the only reader; ``data`` mirrors the world.
"""
