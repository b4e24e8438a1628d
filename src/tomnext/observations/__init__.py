"""Measured figures: the point-in-time store, importers, connectors and the embedded default."""
