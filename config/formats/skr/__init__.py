"""Saraiki, as it is written in Pakistan."""
