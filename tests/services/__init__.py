"""Private PostgreSQL and Redis servers for a test run: started, used, stopped."""
