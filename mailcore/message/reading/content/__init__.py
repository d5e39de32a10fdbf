"""Bodies: from the octets of a part to its content, its text, and the files that hide in it."""
