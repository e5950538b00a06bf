"""Punjabi, as it is written in Pakistan."""
