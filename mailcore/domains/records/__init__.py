"""What is published, read as typed values: pure functions that never raise on content.

Each reader gives the record with what is wrong in it as `faults`, each with its place; what a fault
means is for a check, or for an evaluation, to decide.
"""
