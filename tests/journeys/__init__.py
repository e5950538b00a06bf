"""People's ways through the site, with a real browser on a real server."""
