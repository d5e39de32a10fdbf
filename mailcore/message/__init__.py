"""A mail as a value: `Message` to compose and write, `parse` to read what arrived.

Composing validates, so its values are pydantic models; reading never refuses, so it is plain views over
bytes. The first knows the second, since mail answers mail; the second loads nothing of the first, nor
pydantic, before it is asked for an answer. Hence the names here are imported when they are first used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailcore.message.addr_spec import check_addr_spec
    from mailcore.message.address import Address, AddressFields, Group, GroupFields
    from mailcore.message.attachment import Attachment, AttachmentFields
    from mailcore.message.composed import Message
    from mailcore.message.fields import MessageFields
    from mailcore.message.html.styles import inline_css
    from mailcore.message.reading.defects import Defect, Flaw
    from mailcore.message.reading.headers import Headers
    from mailcore.message.reading.parts import Limits, Part
    from mailcore.message.reading.values.addresses import ReceivedAddress
    from mailcore.message.received import ReceivedMessage, parse
    from mailcore.message.unsubscribe import Unsubscribe, UnsubscribeFields
    from mailcore.message.writing.rendered import Rendered

__all__ = [
    "Address",
    "AddressFields",
    "Attachment",
    "AttachmentFields",
    "Defect",
    "Flaw",
    "Group",
    "GroupFields",
    "Headers",
    "Limits",
    "Message",
    "MessageFields",
    "Part",
    "ReceivedAddress",
    "ReceivedMessage",
    "Rendered",
    "Unsubscribe",
    "UnsubscribeFields",
    "check_addr_spec",
    "inline_css",
    "parse",
]

_HOMES = {
    "Address": "address",
    "AddressFields": "address",
    "Attachment": "attachment",
    "AttachmentFields": "attachment",
    "Defect": "reading.defects",
    "Flaw": "reading.defects",
    "Group": "address",
    "GroupFields": "address",
    "Headers": "reading.headers",
    "Limits": "reading.parts",
    "Message": "composed",
    "MessageFields": "fields",
    "Part": "reading.parts",
    "ReceivedAddress": "reading.values.addresses",
    "ReceivedMessage": "received",
    "Rendered": "writing.rendered",
    "Unsubscribe": "unsubscribe",
    "UnsubscribeFields": "unsubscribe",
    "check_addr_spec": "addr_spec",
    "inline_css": "html.styles",
    "parse": "received",
}

if not TYPE_CHECKING:  # so that a type checker sees the names above and no others

    def __getattr__(name):
        """Import a public name from the file it lives in, once."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - only the first use of a name pays

        value = getattr(import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value

    def __dir__():
        """List the public names, imported or not."""
        return sorted({*globals(), *__all__})
