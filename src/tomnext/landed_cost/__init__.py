"""What metal really costs at the factory gate: basis, conversion, freight, duty, carbon, tax, finance. Pure functions."""
