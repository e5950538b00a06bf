"""Reports, decisions, the public log."""
