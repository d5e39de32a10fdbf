"""Bytes to values: what arrived is read, never refused. Pure functions and views, no pydantic."""
