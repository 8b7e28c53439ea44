# SPDX-License-Identifier: BSD-2-Clause
"""How fast a scan asks. Counted at the server; a slow machine only makes it longer."""

import json
import subprocess
import time

from scan_case import ScanCase, Shared

# What libunbound asks for by itself (DNSKEY, DS) is nobody's question.
OWN = ("DNSKEY", "DS")


class Pace(ScanCase):
    def timed(self, *arguments, port):
        start = time.monotonic()
        lines = self.lines(*arguments, port=port)
        return time.monotonic() - start, lines

    def questions(self, gate, zone=""):
        """Different ones: some are asked again when an answer comes late."""
        return len({(record.name, record.type) for record in gate.records
                    if record.type not in OWN and record.name.endswith(zone)})

    def test_total(self):
        """--qps, for one thread and for several together."""
        path = self.write("list", Shared.names[:300])
        for threads in ("1", "3"):
            gate = Shared.bed.gate(delay_ms=0)
            took, lines = self.timed("--qps", "500", "--in-flight", "6", "--threads", threads,
                                     path, port=gate.port)
            n = self.questions(gate)
            self.assertEqual(len(lines), 300)
            self.assertGreater(n, 1000)
            # A tenth of a second's worth, and what is in flight at the end.
            self.assertGreater(took, (n - 50 - 6 * 20) / 500)

    def test_one_server(self):
        """--server-qps: the domains of one server wait for each other, and are all done."""
        names = [f"d{n}.one.test" for n in range(60)]
        gate = Shared.bed.gate(delay_ms=0)
        took, lines = self.timed("--server-qps", "100", self.write("list", names), port=gate.port)
        n = self.questions(gate, ".one.test")
        self.assertEqual(sorted(line["domain"] for line in lines), sorted(names))
        self.assertEqual({line["outcome"] for line in lines}, {"deliverable"})
        self.assertGreater(n, 250)
        # Who are the servers is asked before, once a domain; 10 are free, and the last domain's.
        self.assertGreater(took, (n - 60 - 10 - 20) / 100)

    def test_finding_servers_has_its_rate(self):
        """Of a hoster with many domains it is not asked a thousand times at once who has them."""
        path = self.write("list", [f"d{n}.one.test" for n in range(1200)])
        gate = Shared.bed.gate(delay_ms=0)
        began = time.monotonic()
        process = self.start("--server-qps", "200", "--in-flight", "20", path, port=gate.port,
                             stdin=subprocess.DEVNULL)
        while (n := len({record.name for record in list(gate.records)
                         if record.type == "NS"})) < 500:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        took = time.monotonic() - began
        process.kill()
        process.communicate()
        # 256 that wait, those in flight, and a tenth of a second's worth are free.
        self.assertGreater(took, (n - 256 - 20 - 20) / 200)

    def test_another_server_is_not_held_up(self):
        """Domains of one.test wait; those of two.test, behind them in the list, do not."""
        names = [f"d{n}.one.test" for n in range(60)] + [f"d{n}.two.test" for n in range(6)]
        lines = self.lines("--server-qps", "60", self.write("list", names), "--in-flight", "4")
        order = [line["domain"] for line in lines]
        self.assertEqual(sorted(order), sorted(names))
        last = max(i for i, name in enumerate(order) if name.endswith("two.test"))
        self.assertLess(last, 30, order)

    def test_no_limit_for_own_servers(self):
        """With --stub nobody's servers are to be spared: who they are is not asked."""
        gate = Shared.bed.gate(delay_ms=0)
        self.lines(self.write("list", ["d1.one.test"]), port=gate.port)
        self.assertEqual([record for record in gate.records if record.type == "NS" and
                          record.name == "d1.one.test"], [])

    def test_what_is_no_name_waits_for_nobody(self):
        """100 such entries at one question a second and server."""
        lines = self.lines("--server-qps", "1", text="a..b\n" * 100)
        self.assertEqual(len(lines), 100)

    def test_lines_are_the_same(self):
        """Pacing changes no line."""
        path = self.write("list", [f"d{n}.one.test" for n in range(20)])

        def of(*options):
            return sorted((line["domain"], line["outcome"], json.dumps(line["hosts"]))
                          for line in self.lines(*options, path))
        self.assertEqual(of("--server-qps", "1000", "--qps", "1000", "--threads", "2"), of())
