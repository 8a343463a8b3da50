"""Which alerts go where, when, and together with which others."""
