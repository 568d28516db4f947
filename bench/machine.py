"""What the measurements were made on, and whether they can be worth anything."""

import atexit
import os
import pathlib
import platform
import re
import subprocess


def _first_line(path, pattern, default="unknown"):
    try:
        found = re.search(pattern, pathlib.Path(path).read_text(), re.MULTILINE)
    except OSError:
        return default
    return found.group(1).strip() if found else default


def _cache_entry(build, name):
    return _first_line(build / "CMakeCache.txt", rf"^{name}:\w+=(.*)$", "")


def _version(command):
    output = subprocess.run([command, "--version"], capture_output=True, text=True).stdout
    return output.splitlines()[0] if output else "unknown"


def describe(build):
    build_type = _cache_entry(build, "CMAKE_BUILD_TYPE")
    flags = " ".join(
        part
        for part in (
            _cache_entry(build, "CMAKE_CXX_FLAGS"),
            _cache_entry(build, f"CMAKE_CXX_FLAGS_{build_type.upper()}"),
        )
        if part
    )
    return {
        "processor": _first_line("/proc/cpuinfo", r"^model name\s*:\s*(.*)$"),
        "processors": len(os.sched_getaffinity(0)),
        "mhz": _first_line("/proc/cpuinfo", r"^cpu MHz\s*:\s*(.*)$"),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "virtual": "hypervisor" in _first_line("/proc/cpuinfo", r"^flags\s*:\s*(.*)$"),
        "clock": _first_line(
            "/sys/devices/system/clocksource/clocksource0/current_clocksource", r"^(.*)$"
        ),
        "kernel": platform.release(),
        "system": _first_line("/etc/os-release", r'^PRETTY_NAME="(.*)"$'),
        "compiler": _version(_cache_entry(build, "CMAKE_CXX_COMPILER") or "c++"),
        "build_type": build_type,
        "flags": flags,
        "load": round(os.getloadavg()[0], 2),
    }


def take_precedence():
    """Before the machine's other programs, for this process and those that it starts; whether the system
    allows it. Ours and rivals alike: what else runs here is nobody's latency."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
        # Where the kernel groups processes by session, niceness counts only within the session.
        session = pathlib.Path("/proc/self/autogroup")
        if session.exists():
            nice = session.read_text().split()[-1]
            session.write_text("-20")
            atexit.register(session.write_text, nice)
    except PermissionError:
        return False
    return True


def warnings(machine):
    """What is wrong with measuring here and now, in words."""
    found = []
    if machine["build_type"] != "Release" or "-O" not in machine["flags"]:
        found.append("the build is not optimised: configure with the preset \"bench\"")
    if machine["load"] > 0.5:
        found.append(f"the machine is busy (load {machine['load']}): figures will jitter")
    if not machine["precedence"]:
        found.append("not allowed to take precedence (nice -20): run as root, or expect worse tails")
    return found


def text(machine):
    virtual = ", virtual" if machine["virtual"] else ""
    return "\n".join(
        [
            f"machine   {machine['processor']}, {machine['processors']} processors at"
            f" {machine['mhz']} MHz, {machine['memory_gib']} GiB{virtual}, clock {machine['clock']}",
            f"system    {machine['system']}, Linux {machine['kernel']}",
            f"compiler  {machine['compiler']}; {machine['build_type']} {machine['flags']}",
        ]
    )
