"""Selectors that a domain's DKIM keys probably have: those that its mail providers prescribe.

A provider is known by the hosts of the MX records, or by what the SPF record includes. The table has
what the providers' own instructions tell customers to publish; those that make up a selector for each
customer are there without any, for nothing can be guessed of them.
"""

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["COMMON", "PROVIDERS", "Provider", "guess_selectors"]


class Provider(NamedTuple):
    """What a provider's servers and SPF records are called (or end in), and its selectors."""

    name: str
    exchanges: tuple[str, ...]
    includes: tuple[str, ...]
    selectors: tuple[str, ...]


COMMON: tuple[str, ...] = ("default", "dkim", "mail", "s1", "s2", "k1", "selector1", "google")

# fmt: off
PROVIDERS: tuple[Provider, ...] = (
    Provider("Google", ("google.com", "googlemail.com"), ("_spf.google.com",), ("google",)),
    Provider("Microsoft 365", ("mail.protection.outlook.com", "mx.microsoft"), ("spf.protection.outlook.com",), ("selector1", "selector2")),
    Provider("Amazon SES", ("amazonaws.com",), ("amazonses.com",), ()),  # three random tokens
    Provider("Zoho", ("zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zohocloud.ca"), ("zoho.com", "zoho.eu", "zoho.in", "zohomail.com", "zohomail.eu", "zohomail.in", "zohocloud.ca"), ("zmail", "zoho")),
    Provider("Fastmail", ("messagingengine.com",), ("spf.messagingengine.com",), ("fm1", "fm2", "fm3")),
    Provider("Proton", ("protonmail.ch",), ("_spf.protonmail.ch",), ("protonmail", "protonmail2", "protonmail3")),
    Provider("iCloud", ("mail.icloud.com",), ("icloud.com",), ("sig1",)),
    Provider("Yandex 360", ("yandex.net", "yandex.ru"), ("_spf.yandex.net", "_spf.yandex.ru"), ("mail",)),
    Provider("Mail.ru", ("mail.ru",), ("_spf.mail.ru",), ("mailru",)),
    Provider("Alibaba Mail", ("mxhichina.com", "qiye.aliyun.com"), ("spf.qiye.aliyun.com", "spf.mxhichina.com"), ("default",)),
    Provider("Tencent Exmail", ("qq.com",), ("spf.mail.qq.com",), ()),
    Provider("IONOS", ("ionos.com", "ionos.de", "ionos.co.uk", "ionos.fr", "ionos.es", "kundenserver.de", "1and1.com"), ("_spf-us.ionos.com", "_spf-eu.ionos.com", "_spf.perfora.net", "_spf.kundenserver.de"), ("s1-ionos", "s2-ionos")),
    Provider("OVH", ("ovh.net", "ovh.ca"), ("mx.ovh.com", "mx.ovh.ca"), ()),  # ovhmo‹number›-selector1
    Provider("Hostinger", ("hostinger.com",), ("_spf.mail.hostinger.com",), ("hostingermail-a", "hostingermail-b", "hostingermail-c")),
    Provider("Gandi", ("mail.gandi.net",), ("_mailcust.gandi.net",), ("gm1", "gm2", "gm3")),
    Provider("mailbox.org", ("mailbox.org",), ("mailbox.org",), ("mbo0001", "mbo0002")),
    Provider("Migadu", ("migadu.com",), ("spf.migadu.com",), ("key1", "key2", "key3")),
    Provider("Tuta", ("mail.tutanota.de",), ("spf.tutanota.de",), ("s1", "s2")),
    Provider("Purelymail", ("purelymail.com",), ("_spf.purelymail.com",), ("purelymail1", "purelymail2", "purelymail3")),
    Provider("Namecheap", ("privateemail.com",), ("spf.privateemail.com",), ("default",)),
    Provider("SimpleLogin", ("simplelogin.co",), ("simplelogin.co",), ("dkim", "dkim02", "dkim03")),
    Provider("ImprovMX", ("improvmx.com",), ("spf.improvmx.com",), ("dkimprovmx1", "dkimprovmx2")),
    Provider("Cloudflare", ("mx.cloudflare.net",), ("_spf.mx.cloudflare.net",), ("cf2024-1",)),
    Provider("SendGrid", (), ("sendgrid.net",), ("s1", "s2")),
    Provider("Mailgun", ("mailgun.org",), ("mailgun.org",), ("k1", "pic", "mailo", "krs")),
    Provider("Mailchimp", (), ("servers.mcsv.net",), ("k2", "k3", "k1")),
    Provider("Mandrill", (), ("spf.mandrillapp.com",), ("mte1", "mte2", "mandrill")),
    Provider("Mailjet", (), ("spf.mailjet.com",), ("mailjet",)),
    Provider("Brevo", (), ("spf.brevo.com", "spf.sendinblue.com"), ("brevo1", "brevo2", "mail")),
    Provider("Postmark", (), ("spf.mtasv.net",), ()),  # ‹date›pm
    Provider("SparkPost", (), ("sparkpostmail.com",), ()),  # scph‹date›
    Provider("HubSpot", (), ("hubspotemail.net",), ()),  # hs1-‹account›
    Provider("Salesforce", (), ("_spf.salesforce.com",), ()),
    Provider("Zendesk", (), ("mail.zendesk.com",), ("zendesk1", "zendesk2")),
    Provider("Constant Contact", (), ("spf.constantcontact.com",), ("ctct1", "ctct2")),
    Provider("Campaign Monitor", (), ("_spf.createsend.com",), ("cm",)),
    Provider("MailerLite", (), ("_spf.mlsend.com",), ("litesrv",)),
    Provider("MailerSend", (), ("_spf.mailersend.net",), ("mlsend", "mlsend2")),
    Provider("Elastic Email", (), ("_spf.elasticemail.com",), ("api",)),
    Provider("Mailtrap", (), ("_spf.smtp.mailtrap.live",), ("rwmt1", "rwmt2")),
)
# fmt: on


def guess_selectors(exchanges: Iterable[str], includes: Iterable[str]) -> list[str]:
    """Give the likeliest selectors first: of who has the mailboxes, of other senders, common ones."""
    exchanges, includes = [*exchanges], [*includes]
    hosting = [one for one in PROVIDERS if _is_known(exchanges, one.exchanges)]
    sending = [one for one in PROVIDERS if _is_known(includes, one.includes)]
    providers = dict.fromkeys([*hosting, *sending])
    selectors = [selector for provider in providers for selector in provider.selectors]
    return [*dict.fromkeys([*selectors, *COMMON])]


def _is_known(names: Iterable[str], suffixes: Iterable[str]) -> bool:
    return any(f".{name}".endswith(f".{suffix}") for name in names for suffix in suffixes)
