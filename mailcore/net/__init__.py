"""The only room that touches sockets, TLS, event loops, threads and DNS.

`backend` is the seam: what a conversation may await. `blocking` and `asynchronous` are its two colours,
`run` lets the first be called from ordinary functions. `connect`, `proxy`, `tls` and `stream` make a
connection and carry its bytes; `dns` and `zone` answer questions. Import from these modules: each loads
only what it needs.
"""
