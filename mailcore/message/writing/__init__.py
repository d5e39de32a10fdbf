"""Values to bytes: header fields, bodies, and the tree of parts. Pure functions, but for files."""
