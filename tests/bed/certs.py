# SPDX-License-Identifier: BSD-2-Clause
"""Certificates for tests, made by openssl(1), and their TLSA records.

    certs = Certs(directory)
    cert = certs.leaf("mx1.s.test", days=90)
    cert.tlsa(3, 1, 1)                 "3 1 1 ab12..."
    cert.tlsa(2, 0, 1, of="issuer")
    certs.ca_file                      what a client that trusts our CA loads

Digests come from the openssl command's output and hashlib, never from nextmx. The same arguments
give the same certificate again. A day is counted from now, may be broken, and before now is
negative.
"""

import base64
import datetime
import hashlib
import os
import ssl
import threading

from .process import run

CONFIG = """[ca]
default_ca = ours
[ours]
database = {0}/index.txt
new_certs_dir = {0}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any_name
[any_name]
commonName = optional
[req]
distinguished_name = nothing
string_mask = utf8only
[nothing]
"""
LEAF = """basicConstraints = CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
"""
AUTHORITY = """basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
# The authorities there are without asking: name -> (common name, issuer).
BUILT_IN = {
    "ca": ("Bed CA", None),
    "intermediate": ("Bed Intermediate", "ca"),
    "other": ("Stranger CA", None),
}
MATCHING = {0: bytes, 1: lambda data: hashlib.sha256(data).digest(),
            2: lambda data: hashlib.sha512(data).digest()}


class Cert:
    """One certificate and its key.

    pem_file    it alone
    chain_file  it and what it depends on, as a server sends it; see sending()
    key_file    its private key
    der         the whole of it; spki_der only its public key
    issuer      the Cert that signed it, or None: it did itself
    """

    def __init__(self, stem, issuer):
        self.stem = stem
        self.issuer = issuer
        self.pem_file = stem + ".pem"
        self.key_file = stem + ".key"
        with open(self.pem_file, encoding="ascii") as file:
            self.pem = file.read()
        self.der = ssl.PEM_cert_to_DER_cert(self.pem)
        self.spki_der = body_of(run("openssl", "x509", "-in", self.pem_file, "-noout", "-pubkey"))
        self.chain_file = self._write_chain("full")

    @property
    def path(self):
        """This, its issuer, and so on to the root."""
        return [self] + (self.issuer.path if self.issuer else [])

    def sending(self, what):
        """The same certificate with another chain_file: "full" to the root, as DANE-TA needs it
        (RFC 7672, 3.1.2), "short" without the root, "leaf" alone."""
        other = object.__new__(Cert)
        other.__dict__.update(self.__dict__)
        other.chain_file = self._write_chain(what)
        return other

    def _write_chain(self, what):
        path = {"full": self.path, "short": self.path[:-1] or [self], "leaf": [self]}[what]
        name = f"{self.stem}.{what}.pem"
        with open(name, "w", encoding="ascii") as file:
            file.writelines(cert.pem for cert in path)
        return name

    def tlsa(self, usage, selector, mtype, of="leaf", wrong=False):
        """A TLSA record's data: of "leaf", its "issuer" or the "root" above it. wrong=True spoils
        the first octet of what it holds."""
        cert = {"leaf": self, "issuer": self.issuer or self, "root": self.path[-1]}[of]
        held = bytearray(MATCHING[mtype](cert.spki_der if selector == 1 else cert.der))
        held[0] ^= 0xff if wrong else 0
        return f"{usage} {selector} {mtype} {held.hex()}"


class Certs:
    """All certificates of one run, in a directory that exists."""

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self._made = {}
        self._lock = threading.RLock()
        self._config = os.path.join(self.directory, "openssl.cnf")
        with open(self._config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(self.directory))
        with open(os.path.join(self.directory, "index.txt"), "w", encoding="ascii"):
            pass

    @property
    def ca_file(self):
        return self.authority("ca").pem_file

    def authority(self, name, issuer=None, *, days=3650, not_before=-1):
        """A CA of your own, to be named as issuer later: authority("old", issuer="ca", days=-1).
        "ca", "intermediate" (below ca) and "other" (trusted by nobody) are there already."""
        with self._lock:
            if name not in self._made:
                common, issuer = BUILT_IN.get(name, (name, issuer))
                above = self._existing(issuer) if issuer else None
                self._made[name] = self._make(common, AUTHORITY, above, not_before, days)
            return self._made[name]

    def leaf(self, name, days=90, issuer="ca", *, cn=None, names=None, not_before=None,
             key_of=None):
        """A server's certificate.

        name        its common name and only DNS name, if the next two do not say otherwise
        cn          "" for an empty subject
        names       [] for no subjectAltName; "IP:127.0.0.1" is taken as it is
        days        it expires in so many days: -1 yesterday
        not_before  it begins in so many days: 1 tomorrow; if not given, a day ago and in any case
                    before it ends
        issuer      "self", or the name of an authority
        key_of      a Cert whose key it gets, as after a renewal
        """
        names = [name] if names is None else list(names)
        cn = name if cn is None else cn
        not_before = min(-1, days - 30) if not_before is None else not_before
        wanted = name, days, issuer, cn, tuple(names), not_before, key_of
        with self._lock:
            if wanted not in self._made:
                above = None if issuer == "self" else self._existing(issuer)
                self._made[wanted] = self._make(cn, LEAF + alternatives(names), above, not_before,
                                                days, key_of)
            return self._made[wanted]

    def _existing(self, name):
        if name not in BUILT_IN and name not in self._made:
            raise ValueError(f"no authority is called {name}")
        return self.authority(name)

    def _make(self, cn, extensions, issuer, not_before, days, key_of=None):
        stem = os.path.join(self.directory, f"cert{len(self._made):03d}")
        with open(stem + ".ext", "w", encoding="utf-8") as file:
            file.write(extensions)
        self._request(stem, cn, key_of)
        signer = ["-cert", issuer.pem_file, "-keyfile", issuer.key_file] if issuer else \
            ["-selfsign", "-keyfile", stem + ".key"]
        run("openssl", "ca", "-batch", "-notext", "-config", self._config, "-in", stem + ".req",
            "-out", stem + ".pem", "-extfile", stem + ".ext", "-startdate", asn1_time(not_before),
            "-enddate", asn1_time(days), *signer)
        return Cert(stem, issuer)

    def _request(self, stem, cn, key_of):
        if key_of:
            os.link(key_of.key_file, stem + ".key")
            key = ["-key", stem + ".key"]
        else:
            key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                   stem + ".key"]
        subject = "/CN=" + cn.replace("\\", "\\\\").replace("/", "\\/") if cn else "/"
        run("openssl", "req", "-new", "-config", self._config, "-utf8", "-subj", subject,
            "-out", stem + ".req", *key)


def alternatives(names):
    typed = [name if ":" in name else "DNS:" + name for name in names]
    return f"subjectAltName = {', '.join(typed)}\n" if typed else ""


def asn1_time(days):
    """The two-digit years of ASN.1 are openssl's business."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(days=days)).strftime("%Y%m%d%H%M%SZ")


def body_of(pem):
    """The octets of a PEM block of any kind."""
    lines = [line for line in pem.splitlines() if not line.startswith("-----")]
    return base64.b64decode("".join(lines))
