"""Petitions, signatures, the council's review queue, statutory clocks."""
