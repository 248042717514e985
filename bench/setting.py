# SPDX-License-Identifier: MIT
"""setting.py - on what something is measured: machine, libraries, programs."""
import functools
import os
import platform
import shutil
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))


@functools.lru_cache(maxsize=None)
def system_libc():
    """The path of glibc, as this process has it; None where it is another libc."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps:
            path = "/" + line.rstrip("\n").partition("/")[2]
            if os.path.basename(path) == "libc.so.6":
                return path
    return None


def output_of(command):
    """Its standard output, or nothing if it fails or is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def package_of(path):
    """Name and version of the package that a file is from, as dpkg knows it."""
    for name in (path, os.path.realpath(path), os.path.realpath(path).replace("/usr/", "/", 1)):
        owner = output_of(["dpkg", "-S", name])
        if owner:
            package = owner.splitlines()[0].rpartition(": ")[0].split(",")[0]
            version = output_of(["dpkg-query", "-W", "-f", "${Version}", package])
            return f"{package.split(':')[0]} {version}"
    return ""


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def describe_library(name, library):
    if not library:
        return f"{name}: the system's, " + (package_of(system_libc() or "") or
                                           " ".join(platform.libc_ver()))
    file = os.path.basename(os.path.realpath(library))
    return f"{name}: {file}, " + (package_of(library) or "built from source")


def describe(allocators, cases, rounds):
    """The head of the tables."""
    compiler = output_of(os.environ.get("CC", "cc").split() + ["--version"]).partition("\n")[0]
    processors = len(os.sched_getaffinity(0))
    programs = sorted({package_of(shutil.which(case.program()))
                       for case in cases if case.group == "real"} - {""})
    commit = output_of(["git", "-C", HERE, "describe", "--always", "--dirty", "--tags"])
    lines = [
        f"Measured on {time.strftime('%Y-%m-%d')} by bench/run" +
        (f" at {commit}" if commit else "") + f", {rounds} rounds.",
        "",
        f"- machine: {cpu_model()}, {processors} processors, "
        f"load {os.getloadavg()[0]:.1f} at the end",
        f"- system: {platform.system()} {platform.release()}",
        f"- compiler of the C programs: {compiler}",
    ]
    lines += ["- " + describe_library(name, library) for name, library in allocators]
    if programs:
        lines.append("- programs: " + ", ".join(programs))
    return "\n".join(lines) + "\n"
