# SPDX-License-Identifier: MIT
"""cases.py - what is measured: real programs and the programs of this directory.

The scales are such that a case takes about half a second.
"""
import dataclasses
import shutil


@dataclasses.dataclass
class Case:
    name: str
    command: list  # What is measured, run in the directory of the inputs.
    group: str = "real"
    prepare: list = None  # Run before, not measured.
    client: list = None  # Run beside, not measured and not on the library.
    own_malloc: bool = False  # Linked with an allocator of its own.
    same_output: bool = True  # On each allocator.

    def program(self):
        return self.command[2] if self.command[0] == "env" else self.command[0]


SMALL = ("true", "ls")  # Cases whose minima need many rounds.

LS_LOOP = "i=0; while [ $i -lt 100 ]; do ls -l files >/dev/null || exit; i=$((i + 1)); done"


def real_cases():
    python = "/usr/bin/python3" if shutil.which("/usr/bin/python3") else "python3"
    lua = "lua" if shutil.which("lua") else "lua5.4"
    null = "/dev/null"
    cxx = ["-std=c++17", "-O0", "-S", "-o", null, "work.cc"]
    return [
        Case("true", ["true"]),
        Case("ls", ["ls", "-l", "files"]),
        Case("ls in a loop", ["sh", "-c", LS_LOOP]),
        Case("python3 -c pass", [python, "-c", "pass"]),
        Case("python3", [python, "work.py"]),
        Case("python3 malloc", ["env", "PYTHONMALLOC=malloc", python, "work.py"]),
        Case("perl", ["perl", "work.pl"]),
        Case("ruby", ["ruby", "--disable=gems", "work.rb"]),
        Case("lua", [lua, "work.lua"]),
        Case("sqlite3", ["sqlite3", ":memory:", ".read work.sql"]),
        # Debian's is linked with jemalloc.  The figures are the server's alone.
        Case("redis-server",
             ["redis-server", "--port", "0", "--unixsocket", "redis.sock", "--save", "",
              "--appendonly", "no", "--logfile", "redis.log"],
             prepare=["rm", "-f", "redis.sock", "redis.log"],
             client=["sh", "redis-client.sh"], own_malloc=True),
        Case("gcc", ["gcc", "-O2", "-S", "-o", null, "work.c"]),
        Case("g++", ["g++"] + cxx),
        Case("clang++", ["clang++"] + cxx),
        Case("git gc", ["git", "-C", "repository.now", "gc", "--quiet"],
             prepare=["sh", "-c", "rm -rf repository.now && cp -R repository repository.now"]),
        Case("xz -T2", ["xz", "-T2", "-3", "--block-size=1MiB", "-c", "data.txt"]),
        Case("gs", ["gs", "-q", "-dSAFER", "-dNOPAUSE", "-dBATCH", "-sDEVICE=ppmraw", "-r100",
                    f"-sOutputFile={null}", "work.ps"]),
        Case("jq", ["jq", "-c", "group_by(.tags[0]) | map(length)", "data.json"]),
        Case("xmllint", ["xmllint", "--noout", "data.xml"]),
        Case("z3", ["z3", "work.smt2"]),
    ]


# Program, mode and scale.
PROGRAMS = """
    hot_pair one 0.4/hot_pair sizes 0.3
    bulk lifo 0.3/bulk fifo 0.3/bulk random 0.3
    live_set small 0.8/live_set medium 0.3/live_set large 0.3
    size_shift gradual 0.2/size_shift sudden 0.3/size_shift swing 0.2
    fragmentation random 0.2/fragmentation together 0.2
    realloc_growth one 0.4/realloc_growth several 0.2
    realloc_growth tiny 2/realloc_growth double 5
    calloc_memory fresh 1/calloc_memory again 3
    calloc_memory recycled 0.2/calloc_memory small 0.5
    aligned small 0.3/aligned mixed 0.2/aligned page 0.2
    large_blocks touched 0.1/large_blocks untouched 0.5/large_blocks medium 0.6
    server small 1/server usual 1
    producer_consumer pair 0.4/producer_consumer fan_out 0.3/producer_consumer fan_in 0.3
    thread_churn clean 0.4/thread_churn live 0.4
    short_processes many 0.5/short_processes first 0.5
"""


def bench_cases(scale):
    """The C programs, found in bin."""
    cases = []
    for words in PROGRAMS.strip().replace("\n", "/").split("/"):
        program, mode, usual = words.split()
        command = [f"bin/{program}", mode, f"{float(usual) * scale:g}"]
        cases.append(Case(f"{program} {mode}", command, group="bench"))
    return cases


def missing_programs(case):
    """Those that a case needs and that are not installed."""
    needed = [case.program()]
    if case.own_malloc:
        needed += ["redis-cli", "redis-benchmark"]
    return [program for program in needed if not shutil.which(program)]
