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
    from mailcore.message.reading.limits import Limits
    from mailcore.message.reading.parts import Part
    from mailcore.message.reading.values.addresses import ReceivedAddress, ReceivedGroup
    from mailcore.message.reading.values.lists import ListID
    from mailcore.message.reading.values.traces import Trace
    from mailcore.message.received import ReceivedMessage, parse
    from mailcore.message.stores.maildir import MaildirMessage, list_maildir_folders, read_maildir
    from mailcore.message.stores.mbox import read_mbox
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
    "ListID",
    "MaildirMessage",
    "Message",
    "MessageFields",
    "Part",
    "ReceivedAddress",
    "ReceivedGroup",
    "ReceivedMessage",
    "Rendered",
    "Trace",
    "Unsubscribe",
    "UnsubscribeFields",
    "check_addr_spec",
    "inline_css",
    "list_maildir_folders",
    "parse",
    "read_maildir",
    "read_mbox",
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
    "Limits": "reading.limits",
    "ListID": "reading.values.lists",
    "MaildirMessage": "stores.maildir",
    "Message": "composed",
    "MessageFields": "fields",
    "Part": "reading.parts",
    "ReceivedAddress": "reading.values.addresses",
    "ReceivedGroup": "reading.values.addresses",
    "ReceivedMessage": "received",
    "Rendered": "writing.rendered",
    "Trace": "reading.values.traces",
    "Unsubscribe": "unsubscribe",
    "UnsubscribeFields": "unsubscribe",
    "check_addr_spec": "addr_spec",
    "inline_css": "html.styles",
    "list_maildir_folders": "stores.maildir",
    "parse": "received",
    "read_maildir": "stores.maildir",
    "read_mbox": "stores.mbox",
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
