"""How prices and spreads can move: term-structure models, squeezes, lattices, events. Pure functions."""
