"""Writes of the supervision pages."""
