"""Identity by a state's own sign-in (OpenID Connect): what is asked, checked and kept."""
