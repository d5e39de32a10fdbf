"""A received mail to the next one: reply, forward and redirect, as mail clients do them."""
