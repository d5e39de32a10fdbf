"""Private Postfix and Dovecot on loopback: children of the test run, with everything in one folder.

Both drop root on the way, so the folder and those above it are open to everybody.
"""

import base64
import hmac
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.certificates import Certificates
from tests.ports import free_port

POSTFIX = Path("/usr/lib/postfix/sbin/master")
DOVECOT = Path("/usr/sbin/dovecot")
DOVECOT_LMTP = Path("/usr/lib/dovecot/lmtp")
MICROSOCKS = Path("/usr/bin/microsocks")
TINYPROXY = Path("/usr/bin/tinyproxy")
SPAMASSASSIN = Path("/usr/bin/spamassassin")
RSPAMD = Path("/usr/bin/rspamd")
NSD = Path("/usr/sbin/nsd")
UNBOUND = Path("/usr/sbin/unbound")
SCRAM = Path("/usr/lib/x86_64-linux-gnu/sasl2/libscram.so")
SASLDB = SCRAM.with_name("libsasldb.so")
START_SECONDS = 15.0

USER, PASSWORD = "user@example.test", "sécret pass"
TOKEN_KEY = b"what only the one who gives tokens knows"


def missing() -> str | None:
    """Tell why the servers cannot be started here; None where they can."""
    if os.geteuid() != 0:
        return "Postfix needs root"
    needed = (
        POSTFIX,
        DOVECOT,
        DOVECOT_LMTP,
        MICROSOCKS,
        TINYPROXY,
        SPAMASSASSIN,
        RSPAMD,
        NSD,
        UNBOUND,
        SCRAM,
        SASLDB,
    )
    absent = [path.name for path in needed if not path.exists()]
    return f"not installed: {', '.join(absent)}" if absent else None


def wait_for_greeting(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.settimeout(2)
                if connection.recv(3):
                    return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"nothing greets on port {port}; exit code {process.poll()}")


def wait_for_port(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def wait_for_file(path: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not path.exists():
        if time.monotonic() > until:
            raise RuntimeError(f"{path} did not appear")
        time.sleep(0.02)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(15)


class Dovecot:
    """Says who may come in, over the unix socket `sasl`; takes mail by LMTP, over `lmtp` and at a port.

    It delivers to a Maildir for each user of `example.test`; nobody there is called nobody.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o755)
        (folder / "run").mkdir()
        (folder / "state").mkdir()
        (folder / "mail").mkdir()
        (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
        (folder / "strangers").write_text("nobody:::::::\n", encoding="utf-8")
        self.sasl = folder / "run" / "sasl"
        self.lmtp = folder / "run" / "lmtp-in"
        self.lmtp_port = free_port()
        self._folder = folder
        self.log = folder / "log"
        key = folder / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True)
        key.write_bytes(base64.b64encode(TOKEN_KEY))
        (folder / "oauth2.conf").write_text(
            "introspection_mode = local\n"
            f"local_validation_key_dict = fs:posix:prefix={folder}/keys/\n"
            "username_attribute = email\n",
            encoding="utf-8",
        )
        config = folder / "dovecot.conf"
        config.write_text(_dovecot_conf(folder, self.lmtp_port), encoding="utf-8")
        shutil.chown(folder / "mail", "mail", "mail")
        self._process = subprocess.Popen(
            [DOVECOT, "-F", "-c", config], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_file(self.sasl)
        wait_for_port(self.lmtp_port)

    def delivered(self, user: str) -> list[bytes]:
        """Give what a user got, and take it away."""
        found = []
        for file in (self._folder / "mail" / user / "new").glob("*"):
            found.append(file.read_bytes())
            file.unlink()
        return found

    def stop(self) -> None:
        stop(self._process)


def access_token(user: str, *, seconds: int) -> str:
    """Give what Dovecot takes for so many seconds: a JSON web token (RFC 7519)."""
    now = int(time.time())
    claims = {"sub": user, "email": user, "iat": now - 3600, "exp": now + seconds}
    parts = [
        _base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    ]
    signature = hmac.digest(TOKEN_KEY, ".".join(parts).encode(), "sha256")
    return ".".join([*parts, _base64url(signature)])


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _dovecot_conf(folder: Path, lmtp_port: int) -> str:
    return f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = lmtp
mail_location = maildir:{folder}/mail/%n
recipient_delimiter =
first_valid_uid = 1
lmtp_save_to_detail_mailbox = no
auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer
auth_verbose = yes
# A failed login is answered at once.
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
  args = username_format=%u {folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%n {folder}/strangers
  result_success = return-fail
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder} allow_all_users=yes
}}
service auth {{
  unix_listener {folder}/run/sasl {{
    mode = 0666
  }}
}}
service lmtp {{
  unix_listener lmtp-in {{
    mode = 0666
  }}
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
ssl = no
"""


@dataclass
class Postfix:
    """Takes mail for `example.test` and delivers it to one Maildir; each way in has a port of its own.

    For benchmarks, it `discards` what it has taken.
    """

    folder: Path
    certificates: Certificates
    sasl: Path
    discards: bool = False
    ports: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        names = ("plain", "tls", "submission", "stripped", "self_signed", "wrong_host", "expired")
        self.ports = {name: free_port() for name in names}
        self._lay_out()
        config = self.folder / "etc"
        subprocess.run(["postfix", "-c", config, "check"], check=True, capture_output=True)
        environment = {**os.environ, "MAIL_CONFIG": str(config), "MAIL_LOGTAG": "postfix"}
        self._process = subprocess.Popen([POSTFIX, "-d"], stdin=subprocess.DEVNULL, env=environment)
        wait_for_greeting(self.ports["plain"], self._process)

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return (self.folder / "mail.log").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        stop(self._process)

    def delivered(self, user: str) -> bytes:
        """Give a message to a user as soon as it is in the Maildir, and take it away."""
        mark = f"Delivered-To: {user}@example.test\n".encode()
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            for file in (self.folder / "mail" / "all" / "new").glob("*"):
                if mark in (raw := file.read_bytes()):
                    file.unlink()
                    return raw
            time.sleep(0.01)
        raise RuntimeError(f"nothing was delivered to {user}:\n{self.log[-1000:]}")

    def wait_until_idle(self) -> None:
        """Wait until everything that it took is delivered."""
        queues = [self.folder / "spool" / name for name in ("maildrop", "incoming", "active")]
        until = time.monotonic() + START_SECONDS
        while any(file.is_file() for queue in queues for file in queue.rglob("*")):
            if time.monotonic() > until:
                raise RuntimeError(f"the queue does not empty:\n{self.log[-1000:]}")
            time.sleep(0.05)

    def _lay_out(self) -> None:
        for name in ("etc", "spool", "data", "mail"):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)
        shutil.chown(self.folder / "data", "postfix", "postfix")
        (self.folder / "mail").chmod(0o777)
        etc = self.folder / "etc"
        (etc / "main.cf").write_text(_main_cf(self), encoding="utf-8")
        (etc / "master.cf").write_text(_master_cf(self), encoding="utf-8")
        for file in etc.iterdir():
            # Postfix lets a new main.cf "cool down": each of its processes would wait two seconds.
            os.utime(file, (time.time() - 60, time.time() - 60))


def _main_cf(postfix: Postfix) -> str:
    folder, good = postfix.folder, postfix.certificates.good
    return f"""
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {POSTFIX.parent}
sendmail_path = /usr/sbin/sendmail
newaliases_path = /usr/bin/newaliases
mailq_path = /usr/bin/mailq
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.test
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
default_transport = error:5.7.1 nothing leaves this machine
alias_maps =
alias_database =
local_recipient_maps =
virtual_transport = {"discard:" if postfix.discards else "virtual"}
virtual_mailbox_domains = example.test
virtual_mailbox_maps = static:all/
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:8
virtual_gid_maps = static:8
virtual_minimum_uid = 1
message_size_limit = 10000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtputf8_enable = yes
smtpd_tls_cert_file = {good}
smtpd_tls_key_file = {good}
smtpd_tls_security_level = may
smtpd_client_connection_rate_limit = 0
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{{nobody@example.test=REJECT}}
smtpd_sasl_type = dovecot
smtpd_sasl_path = {postfix.sasl}
in_flow_delay = 0
"""


def _master_cf(postfix: Postfix) -> str:
    listeners = {
        "plain": {},
        "tls": {"smtpd_tls_wrappermode": "yes", "smtpd_sasl_auth_enable": "yes"},
        "submission": {
            "smtpd_tls_security_level": "encrypt",
            "smtpd_sasl_auth_enable": "yes",
            "smtpd_relay_restrictions": "permit_sasl_authenticated,reject",
        },
        "stripped": {"smtpd_tls_security_level": "none", "smtpd_sasl_auth_enable": "yes"},
    }
    for name in ("self_signed", "wrong_host", "expired"):
        certificate = str(getattr(postfix.certificates, name))
        listeners[name] = {
            "smtpd_tls_cert_file": certificate,
            "smtpd_tls_key_file": certificate,
            "smtpd_sasl_auth_enable": "yes",
        }
    lines = []
    for name, options in listeners.items():
        lines.append(f"127.0.0.1:{postfix.ports[name]} inet n - n - 20 smtpd")
        lines += [f"  -o {option}={value}" for option, value in options.items()]
    return (
        "\n".join(lines)
        + """
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
    )


class Proxies:
    """A SOCKS5 proxy with a password, and an HTTP proxy that passes CONNECT on to any port."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.socks_port, self.http_port = free_port(), free_port()
        config = folder / "tinyproxy.conf"
        config.write_text(f"Port {self.http_port}\nListen 127.0.0.1\nLogLevel Critical\n")
        socks = ["-i", "127.0.0.1", "-p", str(self.socks_port), "-u", "me", "-P", "p@ss"]
        self._processes = [
            subprocess.Popen([MICROSOCKS, *socks], stderr=subprocess.DEVNULL),
            subprocess.Popen([TINYPROXY, "-d", "-c", config], stdout=subprocess.DEVNULL),
        ]
        wait_for_port(self.socks_port)
        wait_for_port(self.http_port)

    def stop(self) -> None:
        for process in self._processes:
            stop(process)
