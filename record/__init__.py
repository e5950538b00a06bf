"""The public record: append-only lines that every room adds inside its own transaction."""
