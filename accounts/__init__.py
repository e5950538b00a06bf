"""People, proofs of identity, roles."""
