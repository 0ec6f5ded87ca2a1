"""Reads of the supervision pages."""
