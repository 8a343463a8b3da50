"""Those who are told everything, in order: each a file, each with a position of its own."""
