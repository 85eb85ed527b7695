"""Runs modules of CPython's own test suite and prints a TAP line for each test.

Usage: python3 tap_unittest.py MODULE...

A test that takes longer than its deadline ends the run, with the tracebacks of all threads on standard error.
"""

import faulthandler
import os
import sys
import unittest

from test import support

DEADLINE = 240  # seconds for one test


class TapResult(unittest.TestResult):
    """One line a test. What fails in a subtest fails the test."""

    def startTest(self, test):
        super().startTest(test)
        self.reasons, self.note = [], ""
        faulthandler.dump_traceback_later(DEADLINE, exit=True, file=sys.__stderr__)

    def stopTest(self, test):
        if isinstance(test, unittest.TestCase):
            self.line(test.id(), self.reasons, self.note)
        super().stopTest(test)

    def line(self, name, reasons, note=""):
        """A result, and why it is no success."""
        print(f"{'not ok' if reasons else 'ok'} {name.removeprefix('test.')}{note}", file=sys.__stdout__)
        for reason in reasons:
            print(*[f"  # {line}" for line in reason.splitlines()], sep="\n", file=sys.__stdout__)
        sys.__stdout__.flush()

    def fail(self, test, error):
        reason = self._exc_info_to_string(error, test)
        # A failure outside a test: in setUpClass, or while a module loads.
        if isinstance(test, unittest.TestCase):
            self.reasons.append(reason)
        else:
            self.line(str(test), [reason])

    def addError(self, test, error):
        super().addError(test, error)
        self.fail(test, error)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.fail(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.reasons.append(f"{subtest}\n{self._exc_info_to_string(error, test)}")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note = f" # SKIP {reason}"

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.reasons.append("unexpected success")


def prove_pool():
    """Says that the heap of this process lies in the pool; prelude.sh has the same for others."""
    pool = os.environ["FORKLAB_POOL"]
    if not pool:
        return
    with open("/proc/self/maps") as maps:
        if any(pool in line and "(deleted)" in line for line in maps):
            open(os.environ["FORKLAB_PROOF"], "w").close()
        else:
            print("not ok heap of the tests in the pool")


def main():
    prove_pool()
    support.verbose = False
    support.use_resources = []  # as regrtest without -u: no network, no large files
    suite = unittest.defaultTestLoader.loadTestsFromNames(f"test.{name}" for name in sys.argv[1:])
    suite.run(TapResult())
    faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main()
