"""Sindhi, as it is written in Pakistan."""
