"""Exceptions as plain text, which runs little of their code, and keeps none of their objects alive."""
