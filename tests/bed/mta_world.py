# SPDX-License-Identifier: BSD-2-Clause
"""All that mail can meet: domains, mail servers, policies, and the resolver an MTA asks by itself.

    with World() as world:
        world.server["dane"].messages

One table says which host is where and how good its server is, one which domain names which hosts;
the zones, and what the stand-in answers, are made from both. Needs mta.enter().
"""

import os
import random
import shutil
import tempfile

from . import https_session, mta
from .bed import Bed
from .certs import Certs
from .https import HttpsServer, policy
from .mta_resolver import Resolver
from .mta_sink import Sink
from .mta_slow import SlowTcp
from .mta_stand_in import Defer, Hosts, Reject
from .zone import Zone

ADDRESS = "198.51.100.{}"
POLICY_HOST = ADDRESS.format(250)
SIGNED, UNSIGNED, BOGUS = "s.test", "u.test", "bogus.test"
SERVFAIL, SLOW = "servfail.test", "slow.test"
WEIGHTS = {"wa": 60, "wb": 30, "wc": 10}
N_WEIGHTS, N_TIERS = 240, 40
SLOW_S = 2  # a round of questions; a route is two


class Host:
    """port    where it listens; port 25 too if MX records name it
    cert     "good", "name" (of another host), "stranger" (of an authority nobody trusts) or None
    tlsa     "", "right" or "wrong", at the port
    fault    of its server; None: nobody listens
    """

    def __init__(self, zone, port=25, *, cert="good", tlsa="", fault="none"):
        self.zone, self.port, self.cert, self.tlsa, self.fault = zone, port, cert, tlsa, fault


HOSTS = {
    "wa": Host(SIGNED, 2525), "wb": Host(SIGNED, 2525), "wc": Host(SIGNED, 2525),
    "dead": Host(SIGNED, 2525, fault=None), "spare": Host(SIGNED, 2525),
    "busy": Host(SIGNED, 2525, fault="greeting_421"),
    "ta": Host(UNSIGNED), "tb": Host(UNSIGNED), "tc": Host(UNSIGNED),
    "td": Host(UNSIGNED, fault=None), "te": Host(UNSIGNED, fault=None),
    "dane": Host(SIGNED, 2525, cert="stranger", tlsa="right"),
    "wrong": Host(SIGNED, 2525, tlsa="wrong"),
    "plain": Host(SIGNED, 2525, tlsa="right", fault="no_starttls"),
    "match": Host(UNSIGNED), "other": Host(UNSIGNED),
    "stranger": Host(UNSIGNED, cert="stranger"), "misnamed": Host(UNSIGNED, cert="name"),
    "clear": Host(UNSIGNED, fault="no_starttls"),
    "ssec": Host(SIGNED), "ssecdane": Host(SIGNED, cert="stranger", tlsa="right"),
    "sother": Host(SIGNED), "smisnamed": Host(SIGNED, cert="name"),
    "ordinary": Host(SIGNED), "bogus": Host(BOGUS), "slow": Host(SLOW),
    "closed1": Host(SIGNED, 2525), "closed2": Host(SIGNED, 2525),
    "good": Host(SIGNED, 2525), "openly": Host(SIGNED, 2525, fault="no_starttls"),
}


class Domain:
    """srv, mx   [(priority, host), ...]; policy: the hosts an MTA-STS policy in enforce mode names
    answer    what the stand-in answers, if it is not the hosts in order"""

    def __init__(self, zone, *, srv=(), mx=(), policy=None, answer=None, klass=None):
        self.zone, self.srv, self.mx, self.policy = zone, srv, mx, policy
        self.answer, self.klass = answer, klass

    def hosts(self):
        listed = [host for _, host in (*sorted(self.srv), *sorted(self.mx))]
        return [host for host in listed if self.policy is None or host in self.policy]


def drawn():
    def draw():
        left, order = dict(WEIGHTS), []
        while left:
            order += random.choices(list(left), left.values())
            del left[order[-1]]
        return Hosts("nx-sec", *((fqdn(name), 2525) for name in order))
    return draw


def shuffled_tier():
    first = random.sample(("ta", "tb"), 2)
    return Hosts("nx-may", *((fqdn(name), 25) for name in (*first, "tc")))


def once_later():
    answers = [Defer("4.4.3", "later")]
    return lambda: answers.pop() if answers else Hosts("nx-may", (fqdn("slow"), 25))


def fqdn(host):
    return f"{host}.{HOSTS[host].zone}"


def domains():
    found = {
        "refused": Domain(SIGNED, srv=[(10, "dead"), (20, "spare")]),
        "busydomain": Domain(SIGNED, srv=[(10, "busy"), (20, "spare")]),
        "tier2": Domain(UNSIGNED, mx=[(10, "td"), (10, "te"), (20, "tc")]),
        "danegood": Domain(SIGNED, srv=[(10, "dane")]),
        "danewrong": Domain(SIGNED, srv=[(10, "wrong")]),
        "danenext": Domain(SIGNED, srv=[(10, "wrong"), (20, "dane")]),
        "daneclear": Domain(SIGNED, srv=[(10, "plain")]),
        "enforce": Domain(UNSIGNED, mx=[(10, "other"), (20, "match")], policy=["match"]),
        "enforcestranger": Domain(UNSIGNED, mx=[(10, "stranger")], policy=["stranger"]),
        "enforcename": Domain(UNSIGNED, mx=[(10, "misnamed")], policy=["misnamed"]),
        "enforceclear": Domain(UNSIGNED, mx=[(10, "clear")], policy=["clear"]),
        "enforcenext": Domain(UNSIGNED, mx=[(10, "stranger"), (20, "match")],
                              policy=["stranger", "match"]),
        "both": Domain(SIGNED, mx=[(10, "sother"), (20, "ssec")], policy=["ssec"]),
        "bothdane": Domain(SIGNED, mx=[(10, "ssecdane")], policy=["ssecdane"]),
        "bothname": Domain(SIGNED, mx=[(10, "smisnamed")], policy=["smisnamed"]),
        "goodmail": Domain(SIGNED, srv=[(10, "good")]),
        "pass": Domain(SIGNED, mx=[(10, "ordinary")]),
        "null": Domain(SIGNED, answer=Reject("5.1.10", "null MX")),
        "bogusmail": Domain(BOGUS, mx=[(10, "bogus")], answer=Defer("4.7.0", "bogus")),
        "slowmail": Domain(SLOW, mx=[(10, "slow")]),
    }
    for n in range(N_WEIGHTS):
        found[f"weight{n}"] = Domain(SIGNED, srv=[(10, name) for name in WEIGHTS], answer=drawn())
    for n in range(N_TIERS):
        found[f"tier1-{n}"] = Domain(UNSIGNED, mx=[(10, "ta"), (10, "tb"), (20, "tc")],
                                     answer=shuffled_tier)
    return found


class World:
    """server    by name of the host; those nobody listens at are left out
    slow      the server of slow.test"""

    def __init__(self, zones=()):
        self.directory = tempfile.mkdtemp(prefix="nextmx-mta-")
        os.chmod(self.directory, 0o755)
        self.certs = Certs(self.directory)
        self.domains = domains()
        self.names = {label: f"{label}.{domain.zone}" for label, domain in self.domains.items()}
        self.server = {}
        self.bed = Bed([*self._zones(), *zones])
        os.chmod(self.bed.directory, 0o755)  # a daemon without privileges reads the anchor
        self.slow = self._resolver = self._policies = None

    def address(self, host):
        return ADDRESS.format(list(HOSTS).index(host) + 10)

    def cert(self, name):
        kind = HOSTS[name].cert
        if kind == "name":
            return self.certs.leaf(f"not-{fqdn(name)}")
        return self.certs.leaf(fqdn(name), issuer="other" if kind == "stranger" else "ca")

    def _zones(self):
        lines = {zone: [] for zone in (SIGNED, UNSIGNED, BOGUS, SLOW)}
        for name, host in HOSTS.items():
            ttl = 1 if host.zone == SLOW else 3600
            lines[host.zone].append(f"{name} {ttl} IN A {self.address(name)}")
            if host.tlsa:
                lines[host.zone].append(f"_{host.port}._tcp.{name} IN TLSA " + self.cert(name).tlsa(
                    3, 1, 1, wrong=host.tlsa == "wrong"))
        for label, domain in self.domains.items():
            lines[domain.zone] += records(label, domain)
        lines[SIGNED].append("null IN MX 0 .")
        return [Zone(""), Zone("test", "ns IN A 127.0.0.1\n"), Zone(SIGNED, lines[SIGNED]),
                Zone(UNSIGNED, lines[UNSIGNED], signed=False), Zone(BOGUS, lines[BOGUS], ds="wrong"),
                Zone(SLOW, lines[SLOW], signed=False, server="slow"),
                Zone(SERVFAIL, server="servfail", held=False)]

    def start(self):
        try:
            self.bed.start()
            self.slow = self.bed.hub.add(SlowTcp(self.bed.port, SLOW_S))
            self.bed.servers["slow"] = self.slow
            self._start_servers()
            self._resolver = Resolver(self.bed, self.directory).start()
            mta.use_resolver()
            mta.trust(self.certs.ca_file)
        except BaseException:
            self.stop()
            raise
        return self

    def _start_servers(self):
        for name, host in HOSTS.items():
            if host.fault is not None:
                self.server[name] = Sink(self.address(name), self.cert(name), host.fault,
                                         port=host.port, name=fqdn(name)).start()
        texts = {self.names[label]: policy(mx=[fqdn(host) for host in domain.policy])
                 for label, domain in self.domains.items() if domain.policy}
        names = [f"mta-sts.{name}" for name in texts]
        self._policies = Policies(self.certs, names[0], texts,
                                  cert=self.certs.leaf(names[0], names=names)).start()

    def stop(self):
        for thing in (self._resolver, self._policies, *self.server.values()):
            if thing:
                thing.stop()
        self.bed.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def folder(self, name):
        path = os.path.join(self.directory, name)
        os.mkdir(path)
        return path

    def received(self, recipient):
        """The names of the servers that took a message for the recipient, each as often as it did."""
        return [name for name, server in self.server.items()
                for message in list(server.messages) if recipient in message.recipients]

    def table(self):
        """The stand-in's two tables."""
        answers = {self.names[label]: answer_of(domain) for label, domain in self.domains.items()
                   if label != "pass"}
        answers[self.names["slowmail"]] = once_later()
        answers[SERVFAIL] = Defer("4.4.3", "SERVFAIL")
        demands = {(fqdn(name), host.port): "dane" if host.tlsa else "may"
                   for name, host in HOSTS.items() if host.zone == SIGNED}
        return answers, demands


def answer_of(domain):
    if domain.answer:
        return domain.answer
    name = "nx-sts" if domain.policy else "nx"
    if domain.zone == SIGNED:
        name += "-sec"
    return Hosts("nx-may" if name == "nx" else name,
                 *((fqdn(host), HOSTS[host].port) for host in domain.hosts()))


def records(label, domain):
    ttl = 1 if domain.zone == SLOW else 3600
    for priority, host in domain.srv:
        yield (f"_smtp._tcp.{label} {ttl} IN SRV {priority} {WEIGHTS.get(host, 0)} "
               f"{HOSTS[host].port} {fqdn(host)}.")
    for preference, host in domain.mx:
        yield f"{label} {ttl} IN MX {preference} {fqdn(host)}."
    if domain.policy:
        yield f'_mta-sts.{label} IN TXT "v=STSv1; id=1;"'
        yield f"mta-sts.{label} IN A {POLICY_HOST}"


class Policies(HttpsServer):
    """The policy host of all domains; texts: the policy of each."""

    def __init__(self, certs, name, texts, cert):
        super().__init__(certs, name, cert=cert, port=443)
        self.address = POLICY_HOST
        self.texts = texts

    def serve(self, channel):
        PolicySession(self, channel).run()


class PolicySession(https_session.Session):
    def usual(self):
        domain = self.record.sni.partition(".")[2]
        return https_session.reply(self.server.texts[domain])
