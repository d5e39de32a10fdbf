"""What DNS says about a domain's mail: checks, with findings and advice.

    report = check_domain("example.com", selectors=["s1"])
    report.worst, report.findings, report.spf.value
    print(report)

A `DomainChecker` has checks of one's choice, and asks the name servers or the `Zone` that it is
given; `check_many` works through a list. What is to be published is written by `build_spf` and its
like, and `flatten_spf`.
"""

from mailcore.domains.check import (
    Answers,
    Check,
    CheckResult,
    Errand,
    Inquiry,
    Question,
    Status,
)
from mailcore.domains.checker import (
    AsyncDomainChecker,
    AsyncReports,
    DomainChecker,
    Reports,
    async_check_domain,
    check_domain,
)
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.flattening import async_flatten_spf, flatten_spf
from mailcore.domains.policies.bimi import BIMI, BIMIAssertion
from mailcore.domains.policies.dkim.check import DKIM, DKIMKey, DKIMKeys
from mailcore.domains.policies.dmarc.check import DMARC, DMARCPolicy
from mailcore.domains.policies.mta_sts import MTASTS, MTASTSDeployment
from mailcore.domains.policies.spf.check import SPF, SPFPolicies, SPFPolicy
from mailcore.domains.policies.spf.flat import FlatSPF
from mailcore.domains.policies.tls_rpt import TLSRPT, TLSRPTPolicy
from mailcore.domains.records.bimi import build_bimi
from mailcore.domains.records.dkim import build_dkim_key
from mailcore.domains.records.dmarc import build_dmarc
from mailcore.domains.records.mta_sts import build_mta_sts, build_mta_sts_policy
from mailcore.domains.records.publishing import zone_line
from mailcore.domains.records.spf import build_spf
from mailcore.domains.records.tls_rpt import build_tls_rpt
from mailcore.domains.report import DomainReport
from mailcore.domains.servers.autodiscovery import Autodiscovery, MailServer, MailServices
from mailcore.domains.servers.dane import DANE, DANEHost, DANEHosts, DANERecord
from mailcore.domains.servers.fcrdns import FCrDNS, FCrDNSAddress, FCrDNSAddresses
from mailcore.domains.servers.mx import MX, MXHost, MXHosts
from mailcore.domains.servers.starttls import StartTLS, StartTLSHost, StartTLSHosts
from mailcore.net.dns import Resolver, Zone
from mailcore.net.http import HTTPS

__all__ = [
    "BIMI",
    "DANE",
    "DKIM",
    "DMARC",
    "HTTPS",
    "MTASTS",
    "MX",
    "SPF",
    "TLSRPT",
    "Answers",
    "AsyncDomainChecker",
    "AsyncReports",
    "Autodiscovery",
    "BIMIAssertion",
    "Check",
    "CheckResult",
    "DANEHost",
    "DANEHosts",
    "DANERecord",
    "DKIMKey",
    "DKIMKeys",
    "DMARCPolicy",
    "DomainChecker",
    "DomainReport",
    "Errand",
    "FCrDNS",
    "FCrDNSAddress",
    "FCrDNSAddresses",
    "Finding",
    "FlatSPF",
    "Inquiry",
    "Kind",
    "MTASTSDeployment",
    "MXHost",
    "MXHosts",
    "MailServer",
    "MailServices",
    "Question",
    "Reports",
    "Resolver",
    "SPFPolicies",
    "SPFPolicy",
    "Severity",
    "StartTLS",
    "StartTLSHost",
    "StartTLSHosts",
    "Status",
    "TLSRPTPolicy",
    "Zone",
    "async_check_domain",
    "async_flatten_spf",
    "build_bimi",
    "build_dkim_key",
    "build_dmarc",
    "build_mta_sts",
    "build_mta_sts_policy",
    "build_spf",
    "build_tls_rpt",
    "check_domain",
    "flatten_spf",
    "zone_line",
]
