"""What is installed: one extension for every Python, typed, with or without libtickcache."""

from __future__ import annotations

import importlib.metadata
import os
import pathlib
import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import tickcache
from conftest import EXAMPLES, TESTS

BINDINGS = TESTS.parent
PACKAGE = pathlib.Path(tickcache.__file__).parent


def run(command: list[str], folder: pathlib.Path, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def extension() -> pathlib.Path:
    [found] = PACKAGE.glob("_native*.so")
    return found


def build(source: pathlib.Path, folder: pathlib.Path, **environment: str) -> pathlib.Path:
    """The wheel that pip makes of a source folder, without the network and without the clone's own
    build folders."""
    folder.mkdir()
    options = folder / "options.cfg"
    options.write_text(f"[build]\nbuild_base={folder}/build\n[egg_info]\negg_base={folder}\n")
    run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-build-isolation",
            "--no-index",
            "--no-deps",
            "-w",
            str(folder),
            str(source),
        ],
        folder,
        DIST_EXTRA_CONFIG=str(options),
        CFLAGS="-O0",
        **environment,
    )
    [wheel] = folder.glob("*.whl")
    return wheel


def test_the_package_is_typed_and_has_one_extension_for_every_python() -> None:
    assert extension().name == "_native.abi3.so"
    assert (PACKAGE / "py.typed").is_file() and (PACKAGE / "_native.pyi").is_file()
    assert importlib.metadata.version("tickcache") == tickcache.__version__
    assert set(tickcache.__all__) <= {
        *dir(tickcache),
        "get_cached_price",
        "latest_orders",
        "latest_prices",
        "start_stream",
    }


def test_the_extension_exports_nothing_but_its_entrance() -> None:
    symbols = run(["nm", "--dynamic", "--defined-only", str(extension())], PACKAGE)
    assert [line.split()[-1] for line in symbols.splitlines()] == ["PyInit__native"]
    needed = run(["readelf", "--dynamic", str(extension())], PACKAGE)
    assert "libpython" not in needed


def test_a_source_distribution_builds_without_the_clone(tmp_path: pathlib.Path) -> None:
    options = tmp_path / "options.cfg"
    options.write_text(f"[egg_info]\negg_base={tmp_path}\n")
    run(
        [sys.executable, "setup.py", "-q", "sdist", "-d", str(tmp_path)],
        BINDINGS,
        DIST_EXTRA_CONFIG=str(options),
    )
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path)
    source = tmp_path / f"tickcache-{tickcache.__version__}"
    wheel = build(source, tmp_path / "wheel")
    machine = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    assert wheel.name == f"tickcache-{tickcache.__version__}-cp310-abi3-{machine}.whl"
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        file.extractall(tmp_path / "installed")
    assert "tickcache/_native.abi3.so" in names and "tickcache/py.typed" in names
    assert not any("/native/" in name or name.startswith("libtickcache") for name in names)
    version = run(
        [
            sys.executable,
            "-c",
            "import tickcache; print(tickcache.__version__, tickcache.__file__)",
        ],
        tmp_path,
        PYTHONPATH=str(tmp_path / "installed"),
    )
    assert version.split() == [tickcache.__version__, f"{tmp_path}/installed/tickcache/__init__.py"]


def test_a_python_that_cannot_make_wheels_is_told_what_it_needs(tmp_path: pathlib.Path) -> None:
    # As pyenv's: pip and setuptools, but not the package "wheel".
    run([sys.executable, "-m", "venv", str(tmp_path / "bare")], tmp_path)
    python = tmp_path / "bare" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "uninstall", "-qy", "wheel"], check=True)
    options = tmp_path / "options.cfg"
    options.write_text(f"[build]\nbuild_base={tmp_path}/build\n[egg_info]\negg_base={tmp_path}\n")
    done = subprocess.run(
        [python, "-m", "pip", "install", "--no-build-isolation", "--no-index", str(BINDINGS)],
        env=os.environ | {"DIST_EXTRA_CONFIG": str(options)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode != 0 and 'lacks the package "wheel"' in done.stdout, done.stdout


def test_it_links_the_installed_library_if_asked_to(tmp_path: pathlib.Path) -> None:
    prefix = tmp_path / "prefix"
    run(
        ["cmake", "--install", os.environ["TICKCACHE_LIBRARY_BUILD"], "--prefix", str(prefix)],
        tmp_path,
    )
    [description] = prefix.rglob("tickcache.pc")
    wheel = build(
        BINDINGS,
        tmp_path / "wheel",
        TICKCACHE_SYSTEM_LIB="1",
        PKG_CONFIG_PATH=str(description.parent),
    )
    # Such a wheel does not run everywhere.
    named = wheel.rename(tmp_path / "tickcache-0-cp310-abi3-manylinux_2_36_x86_64.whl")
    checked = subprocess.run(
        [sys.executable, str(BINDINGS / "scripts" / "check_wheel.py"), str(named)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert checked.returncode == 1
    assert "needs the library libtickcache.so.0" in checked.stderr
    with zipfile.ZipFile(named) as file:
        file.extractall(tmp_path / "installed")
    linked = tmp_path / "installed" / "tickcache" / "_native.abi3.so"
    assert "[libtickcache.so.0]" in run(["readelf", "--dynamic", str(linked)], tmp_path)
    says = run(
        [sys.executable, "-c", "import tickcache; print(tickcache.Cache('no-such').status().feed)"],
        tmp_path,
        PYTHONPATH=str(tmp_path / "installed"),
        LD_LIBRARY_PATH=str(description.parent.parent),
    )
    assert says.strip() == "down"


def test_the_types_hold(tmp_path: pathlib.Path) -> None:
    mypy = [sys.executable, "-m", "mypy", "--no-incremental", "--cache-dir", str(tmp_path)]
    # The specification's examples have no types; what they call is checked all the same.
    theirs = [str(EXAMPLES / name) for name in ("price_stream.py", "async_event_loop.py")]
    ours = sorted({str(path) for path in EXAMPLES.glob("*.py")} - set(theirs))
    assert len(ours) == 3
    run([*mypy, "--check-untyped-defs", *theirs], tmp_path)
    run([*mypy, "--strict", *ours], tmp_path)
    run([*mypy, "--strict", str(BINDINGS / "src" / "tickcache")], BINDINGS)
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import tickcache\nprice: float = tickcache.Cache().price('BTCUSDT')\n")
    found = subprocess.run([*mypy, "--strict", str(wrong)], stdout=subprocess.PIPE, text=True)
    assert found.returncode == 1 and "Incompatible types in assignment" in found.stdout
