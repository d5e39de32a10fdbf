"""Private SpamAssassin and rspamd, offline: what each finds in a mail, as the names of its rules.

Both get the mail as a receiving server would hand it to them, with a Received field on top.
"""

import json
import os
import re
import subprocess
from collections.abc import Collection
from email.utils import format_datetime
from http.client import HTTPConnection
from pathlib import Path

from mailcore.message import Message
from tests.live.samples import NOW
from tests.live.servers import RSPAMD, SPAMASSASSIN, stop, wait_for_port
from tests.ports import free_port

__all__ = ["Rspamd", "ask_spamassassin"]

CLIENT, CLIENT_IP = "mail.example.org", "93.184.215.14"
RECEIVED = (
    f"Received: from {CLIENT} ({CLIENT} [{CLIENT_IP}])\r\n"
    f"\tby mx.example.net with ESMTPS id 4f2a; {format_datetime(NOW)}\r\n"
).encode("ascii")

_TESTS = re.compile(rb"^X-Spam-Tests: (.*(?:\n[ \t].*)*)", re.MULTILINE)


def ask_spamassassin(folder: Path, mails: Collection[bytes]) -> list[set[str]]:
    """Give the rules that fire on each mail; one process reads all, since it is slow to start."""
    settings = folder / "spamassassin"
    settings.mkdir()
    for plugins in Path("/etc/spamassassin").glob("*.pre"):
        (settings / plugins.name).symlink_to(plugins)
    (settings / "local.cf").write_text(
        "use_bayes 0\nclear_headers\nadd_header all Tests _TESTSSCORES_\nreport_safe 0\n"
    )
    files = [folder / f"{number}.eml" for number in range(len(mails))]
    for file, raw in zip(files, mails, strict=True):
        file.write_bytes(RECEIVED + raw)
    options = ["--local", "--test-mode", "--nocreate-prefs"]
    options += ["--configpath=/usr/share/spamassassin", f"--siteconfigpath={settings}"]
    environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C"}
    done = subprocess.run(
        [SPAMASSASSIN, *options, *files], check=True, capture_output=True, env=environment
    )
    return [set(re.findall(r"\w+(?==)", tests.decode())) for tests in _TESTS.findall(done.stdout)]


class Rspamd:
    """The rules that need neither the network nor a memory of earlier mails."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        folder.chmod(0o777)  # it drops root
        self._port = free_port()
        (folder / "tlds").write_text("com\nexample\nnet\norg\n")  # the whole list takes ten seconds
        (folder / "rspamd.conf").write_text(_rspamd_conf(folder, self._port))
        homes = [f"--var={name}={folder}" for name in ("DBDIR", "RUNDIR", "LOCAL_CONFDIR")]
        self._process = subprocess.Popen(
            [RSPAMD, "-f", "-c", folder / "rspamd.conf", "-u", "_rspamd", "-g", "_rspamd", *homes],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for_port(self._port)

    def symbols(self, message: Message, raw: bytes) -> set[str]:
        """Give the rules that fire on a mail, handed over with this message's envelope."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection.putrequest("POST", "/checkv2")
        connection.putheader("IP", CLIENT_IP)
        connection.putheader("Helo", CLIENT)
        connection.putheader("Hostname", CLIENT)
        connection.putheader("From", message.envelope_sender.addr_spec)
        for recipient in message.recipients:
            connection.putheader("Rcpt", recipient.addr_spec)
        connection.putheader("Content-Length", str(len(RECEIVED) + len(raw)))
        connection.endheaders(RECEIVED + raw)
        verdict = json.load(connection.getresponse())
        connection.close()
        return set(verdict["symbols"])

    def stop(self) -> None:
        stop(self._process)


def _rspamd_conf(folder: Path, port: int) -> str:
    """Give a configuration with the rules about headers, parts and types only."""
    return f"""
lua = "$RULESDIR/rspamd.lua"
.include "$CONFDIR/metrics.conf"
.include "$CONFDIR/actions.conf"
.include "$CONFDIR/groups.conf"
modules {{ path = "${{PLUGINSDIR}}"; }}
regexp {{ max_size = 1M; }}
mime_types {{
  file = "/etc/rspamd/maps.d/mime_types.inc";
  extension_map = {{ html = "text/html"; txt = "text/plain"; pdf = "application/pdf"; }}
}}
forged_recipients {{ symbol_sender = "FORGED_SENDER"; symbol_rcpt = "FORGED_RECIPIENTS"; }}
maillist {{ symbol = "MAILLIST"; }}
options {{
  filters = "regexp";
  url_tld = "{folder}/tlds";
  pidfile = "{folder}/pid";
  tempdir = "{folder}";
  disable_monitoring = true;
  disable_hyperscan = true;
  dns {{ nameserver = "127.0.0.1:{port}"; timeout = 0.1s; retransmits = 1; }}
}}
logging {{ type = "console"; level = "error"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; }}
"""
