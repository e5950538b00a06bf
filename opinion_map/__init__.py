"""The opinion map: its mathematics, its drawing, its command, and their place in the site."""
