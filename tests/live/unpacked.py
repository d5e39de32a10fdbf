"""Exim and OpenSMTPD, whose packages conflict with Postfix's: unpacked beside it, and run from there.

Both deliver by Dovecot's LMTP.
"""

import shutil
import subprocess
from pathlib import Path

from tests.certificates import Certificates
from tests.live.servers import stop, wait_for_greeting
from tests.ports import free_port

UNPACKED = Path.home() / ".cache" / "mailcore-tests" / "unpacked"
EXIM = UNPACKED / "usr" / "sbin" / "exim4"
OPENSMTPD = UNPACKED / "usr" / "sbin" / "smtpd"


class Exim:
    """Takes mail for `example.test`; `port` has STARTTLS, PIPELINING and CHUNKING."""

    def __init__(self, folder: Path, certificates: Certificates, lmtp_port: int) -> None:
        folder.mkdir(mode=0o755)
        for name in ("spool", "log"):
            (folder / name).mkdir()
            shutil.chown(folder / name, "Debian-exim", "Debian-exim")
        self.port = free_port()
        config = folder / "exim.conf"
        config.write_text(_exim_conf(folder, certificates, self.port, lmtp_port), encoding="utf-8")
        self._process = subprocess.Popen(
            [EXIM, "-C", config, "-bdf", "-q5s"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_greeting(self.port, self._process)

    def stop(self) -> None:
        stop(self._process)


class OpenSMTPD:
    """Takes mail for `example.test`; it has neither PIPELINING nor CHUNKING.

    It has no TLS here: the one that Debian 12 packages fails each handshake with "missing private key", as its
    own engines for keys do not work with OpenSSL 3.
    """

    def __init__(self, folder: Path, lmtp_port: int) -> None:
        folder.mkdir(mode=0o755)
        self.port = free_port()
        spool = folder / "spool"
        spool.mkdir(mode=0o711)
        for name, owner, mode in (
            ("offline", "root", 0o770),
            ("purge", "opensmtpq", 0o700),
            ("queue", "opensmtpq", 0o700),
            ("corrupt", "opensmtpq", 0o700),
        ):
            (spool / name).mkdir()
            (spool / name).chmod(mode)
            shutil.chown(spool / name, owner, "opensmtpq" if owner == "root" else "root")
        config = folder / "smtpd.conf"
        config.write_text(
            f"listen on 127.0.0.1 port {self.port} hostname mx.example.test\n"
            f'action "deliver" relay host lmtp://127.0.0.1:{lmtp_port}\n'
            'match from any for domain "example.test" action "deliver"\n'
            "match from any for any reject\n",
            encoding="utf-8",
        )
        # Its spool and its control socket are always at the same place: in its own namespace, others are there.
        start = (
            "mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty"
            f" && mount --bind {spool} /var/spool/smtpd && mount -t tmpfs tmpfs /run && exec {OPENSMTPD} -d -f {config}"
        )
        self._process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", start],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_greeting(self.port, self._process)

    def stop(self) -> None:
        stop(self._process)


def _exim_conf(folder: Path, certificates: Certificates, port: int, lmtp_port: int) -> str:
    return f"""
exim_path = {EXIM}
primary_hostname = exim.example.test
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/spool/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts = *
tls_certificate = {certificates.good}
tls_privatekey = {certificates.good}
domainlist local_domains = example.test
host_lookup =
rfc1413_hosts =
smtp_accept_max = 50
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
smtputf8_advertise_hosts = *
prdr_enable = true
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
keep_environment =
never_users =
deliver_drop_privilege = true
begin acl
check_rcpt:
  deny local_parts = nobody
       message = nobody of that name
  accept domains = +local_domains
  deny message = relay not permitted
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = smtp
  protocol = lmtp
  hosts = 127.0.0.1
  port = {lmtp_port}
  allow_localhost
  hosts_override
begin retry
* * F,1h,1s
"""
