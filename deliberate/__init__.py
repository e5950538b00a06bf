"""Conversations, statements, participants, votes, the live room."""
