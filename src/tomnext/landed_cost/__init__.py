"""What metal really costs at the factory gate: price basis, conversion, freight, duty, carbon, tax and finance."""
