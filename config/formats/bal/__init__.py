"""Balochi, as it is written in Pakistan."""
