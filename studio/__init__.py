"""Thaw Studio."""
