"""Does a wheel run on every system that its manylinux tag names? Usage: check_wheel.py WHEEL

Its libraries may need no newer symbols than the tag's systems have, no other libraries than those have, and no
search path of their own. auditwheel's rules (PEP 600), which Debian 12 does not have.
"""

import re
import subprocess
import sys
import tempfile
import zipfile

# manylinux_2_36: what every system with glibc 2.36 has, of GCC 12.
NEWEST = {"GLIBC": (2, 36), "GLIBCXX": (3, 4, 30), "CXXABI": (1, 3, 13), "GCC": (12, 0, 0)}
LIBRARIES = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libgcc_s.so.1", "libstdc++.so.6"}


def readelf(*arguments):
    return subprocess.run(["readelf", "--wide", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def problems_of(file):
    dynamic = readelf("--dynamic", file)
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if library not in LIBRARIES and not library.startswith("ld-linux"):
            yield f"needs the library {library}"
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        yield "has a search path for libraries"
    needed = readelf("--version-info", file).partition(".gnu.version_r")[2]
    for name, version in re.findall(r"Name: ([A-Z]+)_([0-9.]+)", needed):
        if tuple(map(int, version.split("."))) > NEWEST.get(name, ()):
            yield f"needs {name}_{version}"


wheel = sys.argv[1]
if not re.search(r"-cp310-abi3-manylinux_2_36_\w+\.whl$", wheel):
    sys.exit(f"{wheel}: not of Python's stable interface of 3.10, or not for manylinux_2_36")
with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
    libraries = [name for name in archive.namelist() if re.search(r"\.so(\.|$)", name)]
    problems = [] if libraries else ["has no library"]
    for name in libraries:
        if not name.endswith(".abi3.so"):
            problems.append(f"{name} is not of the stable interface")
        problems += [f"{name} {problem}" for problem in problems_of(archive.extract(name, folder))]
for problem in problems:
    print(f"{wheel}: {problem}", file=sys.stderr)
sys.exit(bool(problems))
