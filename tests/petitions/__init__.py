"""Tests of petitions and councils."""
