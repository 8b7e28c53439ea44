# SPDX-License-Identifier: BSD-2-Clause
"""Starts a World, an answerer and an MTA, configured as its guide says, and runs cases."""

import sys
import unittest

from bed import mta
from bed.exim import Exim
from bed.mta_world import World
from bed.postfix import Postfix


def postfix(world):
    guide = mta.blocks("postfix.md")
    return Postfix(world.folder(f"postfix{len(Case.started)}"), guide["main.cf"],
                   guide["master.cf"])


def exim(world):
    guide = mta.blocks("exim.md")
    mta.run_shell(guide["authority"])
    return Exim(world.folder(f"exim{len(Case.started)}"), guide["main"], guide["routers"],
                guide["transports"])


class Case:
    """kind        "postfix" or "exim"
    answerer()   who answers at the socketmap's address: a StandIn, or Nextmxd
    """

    world = None
    started = []
    kind = None

    @classmethod
    def answerer(cls):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        Case.started.append(cls.__name__)
        cls.daemon = cls.answerer().start()
        cls.addClassCleanup(cls.daemon.stop)
        cls.mta = (postfix if cls.kind == "postfix" else exim)(cls.world).start()
        cls.addClassCleanup(cls.mta.stop)

    @classmethod
    def tearDownClass(cls):
        """After all of them; what answers cause is asserted once, for all."""
        found = cls.mta.disasters()
        if found:
            raise AssertionError("\n".join(found))


class Counting(unittest.TestCase):
    """Counts assertions: a test that asserts nothing proves nothing."""

    asserted = 0

    def _count(name):
        original = getattr(unittest.TestCase, name)

        def method(self, *arguments, **options):
            Counting.asserted += 1
            return original(self, *arguments, **options)
        return method

    for _name in ("assertEqual", "assertIn", "assertNotIn", "assertRegex", "assertLess",
                  "assertTrue", "assertFalse", "assertGreater", "assertLessEqual"):
        locals()[_name] = _count(_name)
    del _count, _name


def main(names, module, zones=()):
    mta.enter()
    suite = unittest.defaultTestLoader.loadTestsFromNames(names, module) if names else \
        unittest.defaultTestLoader.loadTestsFromModule(module)
    with World(zones) as world:
        Case.world = world
        result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{result.testsRun} tests run with {Counting.asserted} assertions, {bad} failed, "
          f"{len(result.skipped)} skipped")
    sys.exit(1 if bad or result.skipped or not result.testsRun or not Counting.asserted else 0)
