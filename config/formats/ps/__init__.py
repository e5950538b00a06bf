"""Pashto, as it is written in Pakistan."""
