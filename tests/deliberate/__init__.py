"""Tests of the deliberate package."""
