"""Runs the emulator process of a `Network`."""

import sys

from tests.support.network.emulator import main

main(sys.argv[1])
