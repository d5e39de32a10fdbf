"""HTML for mail: its plain text, its embedded images, its styles, and what of it can be quoted."""
