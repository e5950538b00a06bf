"""Sindhi: dates and numbers as in Urdu, in which the names of months are too."""

from config.formats.ur.formats import *  # noqa: F403
