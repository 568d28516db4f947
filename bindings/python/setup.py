"""Builds the extension tickcache._native.

It is complete in itself: the reading half of libtickcache is compiled into it, from the clone that
this folder is part of, or from the copy in a source distribution. With TICKCACHE_SYSTEM_LIB=1 it is
linked to the installed libtickcache instead, which pkg-config must find.
"""

import importlib.util
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_clib import build_clib
from setuptools.command.sdist import sdist

HERE = pathlib.Path(__file__).resolve().parent
# What a source distribution carries in place of the clone around it.
COPY = HERE / "libtickcache"
PROJECT = COPY if COPY.exists() else HERE.parent.parent
WARNINGS = ["-Wall", "-Wextra", "-Wshadow"]

project_file = (PROJECT / "CMakeLists.txt").read_text()
VERSION = re.search(r"project\(tickcache VERSION ([0-9.]+)", project_file).group(1)


def reading_sources():
    """The sources that CMake compiles into libtickcache.

    Absolute, so that their objects stay in the folder of the build.
    """
    text = (PROJECT / "libcache" / "CMakeLists.txt").read_text()
    listed = re.search(r"add_library\(tickcache_reading OBJECT([^)]*)\)", text).group(1)
    return [str(PROJECT / "libcache" / name) for name in listed.split()]


def copied_files():
    """What reading_sources() and their headers need, relative to the project."""
    files = [PROJECT / "CMakeLists.txt", PROJECT / "LICENSE", PROJECT / "libcache/CMakeLists.txt"]
    files += (PROJECT / "include" / "tickcache").glob("*.h*")
    files += (PROJECT / "libcache").rglob("*.hpp")
    files += map(pathlib.Path, reading_sources())
    return sorted(path.relative_to(PROJECT) for path in files)


def pkg_config(option):
    output = subprocess.run(
        ["pkg-config", option, "tickcache"], check=True, stdout=subprocess.PIPE, text=True
    )
    return shlex.split(output.stdout)


class BuildLibrary(build_clib):
    def finalize_options(self):
        super().finalize_options()
        self.build_clib = os.path.join(self.build_temp, "libtickcache")

    def get_source_files(self):
        return []  # they do not belong to this folder


class SourceDistribution(sdist):
    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        for name in copied_files():
            target = pathlib.Path(base_dir) / "libtickcache" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / name, target)
        shutil.copy(PROJECT / "LICENSE", base_dir)


def can_make_wheels():
    """setuptools makes them itself since 70.1."""
    there = (importlib.util.find_spec(name) for name in ("wheel", "setuptools.command.bdist_wheel"))
    return any(there)


if {"bdist_wheel", "dist_info"} & set(sys.argv) and not can_make_wheels():
    sys.exit(
        f"tickcache: {sys.executable} lacks the package \"wheel\". Let pip fetch it: leave out"
        " --no-build-isolation and --no-index. Or install it first (Debian: python3-wheel)"
    )

compile_args = ["-std=c++20", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", *WARNINGS]
link_args = ["-Wl,--version-script=native/exports.map", "-Wl,--as-needed"]
libraries = []
if os.environ.get("TICKCACHE_SYSTEM_LIB", "0") not in ("", "0"):
    compile_args += pkg_config("--cflags")
    link_args += pkg_config("--libs")
else:
    compile_args += [f"-I{PROJECT / 'include'}"]
    libraries = [
        (
            "tickcache_reading",
            {
                "sources": reading_sources(),
                "include_dirs": [str(PROJECT), str(PROJECT / "include")],
                "macros": [("TICKCACHE_VERSION", f'"{VERSION}"')],
                "cflags": ["-std=c++20", "-fvisibility=hidden", *WARNINGS],
            },
        )
    ]

setup(
    version=VERSION,
    libraries=libraries,
    ext_modules=[
        Extension(
            "tickcache._native",
            sources=sorted(str(path.relative_to(HERE)) for path in HERE.glob("native/*.cpp")),
            define_macros=[("Py_LIMITED_API", "0x030a0000")],
            extra_compile_args=compile_args,
            extra_link_args=link_args,
            language="c++",
            py_limited_api=True,
        )
    ],
    # Forced, because setuptools does not look at the headers of either.
    options={"bdist_wheel": {"py_limited_api": "cp310"}, "build": {"force": True}},
    cmdclass={"build_clib": BuildLibrary, "sdist": SourceDistribution},
)
