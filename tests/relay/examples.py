"""The examples of docs/relay.md do what they say: check_examples.py runs them against tickcache-relay,
tickcached and the simulated exchange.

Usage: examples.py NODE_MODULES TICKCACHED RELAY SIM
"""
import pathlib
import subprocess
import sys

from served import Served

node_modules, *programs = sys.argv[1:5]
with Served(*programs) as served:
    check = ["/usr/bin/python3", pathlib.Path(__file__).with_name("check_examples.py"), node_modules]
    sys.exit(subprocess.run(check, env=served.environment).returncode)
