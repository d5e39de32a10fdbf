"""Mail without an account: servers in this process, on random loopback ports, that catch what is sent.

    with Sandbox() as sandbox:
        alice = sandbox.account("alice@example.test")
        with sandbox.transport(alice) as smtp:
            smtp.send(message)
        alice.inbox[0].message.subject

Nothing leaves the machine. Its certificate is signed by an authority that only `Sandbox.tls` trusts.
"""

from mailcore.sandbox.accounts import Account, Delivery, Inbox
from mailcore.sandbox.sandbox import Sandbox

__all__ = ["Account", "Delivery", "Inbox", "Sandbox"]
