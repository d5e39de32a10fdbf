"""What happened how often, and what is to be told of it: in one process, or in all of a machine."""
