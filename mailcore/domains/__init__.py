"""What DNS says about a domain's mail: checks, with findings and advice.

    report = check_domain("example.com", selectors=["s1"])
    report.worst, report.findings, report.spf.value
    print(report)

A `DomainChecker` has checks of one's choice, and asks the name servers or the `Zone` that it is
given.
"""

from mailcore.domains.check import Answers, Check, CheckResult, Inquiry, Status
from mailcore.domains.checker import (
    AsyncDomainChecker,
    DomainChecker,
    async_check_domain,
    check_domain,
)
from mailcore.domains.dkim import DKIM, DKIMKey, DKIMKeys
from mailcore.domains.dmarc import DMARC, DMARCPolicy
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.mx import MX, MXHost, MXHosts
from mailcore.domains.report import DomainReport
from mailcore.domains.spf import SPF, SPFPolicies, SPFPolicy
from mailcore.net.dns import Resolver
from mailcore.net.zone import Zone

__all__ = [
    "DKIM",
    "DMARC",
    "MX",
    "SPF",
    "Answers",
    "AsyncDomainChecker",
    "Check",
    "CheckResult",
    "DKIMKey",
    "DKIMKeys",
    "DMARCPolicy",
    "DomainChecker",
    "DomainReport",
    "Finding",
    "Inquiry",
    "Kind",
    "MXHost",
    "MXHosts",
    "Resolver",
    "SPFPolicies",
    "SPFPolicy",
    "Severity",
    "Status",
    "Zone",
    "async_check_domain",
    "check_domain",
]
