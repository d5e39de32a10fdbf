"""Many messages over a few connections: which one takes which, and what becomes of each."""
