"""Ports for servers that are told theirs: none that the system could give to somebody else meanwhile."""

import random
import socket

#: Below what Linux and the BSDs give by themselves (RFC 6335 6; Linux from 32768 on), above what is known.
_PORTS = range(20_000, 32_000)
_PLACES = [
    (family, kind, address)
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    if family == socket.AF_INET or socket.has_dualstack_ipv6()
]


def free_port() -> int:
    """Give a port that is free for TCP and UDP, for whoever says localhost, too."""
    return next(port for port in random.sample(_PORTS, len(_PORTS)) if _is_free(port))


def _is_free(port: int) -> bool:
    for family, kind, address in _PLACES:
        with socket.socket(family, kind) as one:
            if kind == socket.SOCK_STREAM:  # a connection that is just over is in nobody's way
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((address, port))
            except OSError:
                return False
    return True
