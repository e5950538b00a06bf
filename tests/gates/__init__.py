"""What every page must keep, found by walking every address."""
