#!/usr/bin/env python3
"""The same leak under what a user would otherwise put around a job: prints a row for each peer that is installed here.

usage: peers.py LEAK [PEER ...]      called by `cargo bench --bench supervision -- --peers PYTHON`

LEAK is the benchmark itself: `LEAK leak RATE MOST COUNT` takes RATE MiB a second and writes into COUNT how many bytes it has.
dask and ray are looked for in the Python that runs this; prlimit, earlyoom and slurm on the PATH. Slurm and earlyoom need root:
Slurm is started on this one node with its own configuration, earlyoom in a process namespace of its own, so that it can end
nobody else. Everything started here is ended here.
"""
import os, shutil, statistics, struct, subprocess, sys, tempfile, time
from pathlib import Path

LIMIT = 256  # MiB
RATE = 954  # MiB/s: 1 GB/s
MOST = 4096  # MiB
REPEATS = 3
MIB = 1 << 20


def taken(count):
    """Bytes that the leak had when it last said so."""
    try:
        return struct.unpack("<Q", Path(count).read_bytes()[:8])[0]
    except (FileNotFoundError, struct.error):
        return 0


def watch(process, count, deadline=60.0):
    """Waits for the end of a process; how much it had, and how long it lived beyond the limit."""
    began, crossed = time.monotonic(), None
    while process.poll() is None and time.monotonic() - began < deadline:
        if crossed is None and taken(count) >= LIMIT * MIB:
            crossed = time.monotonic()
        time.sleep(0.001)
    ended = time.monotonic()
    is_ended = process.poll() is not None
    if not is_ended:
        process.kill()
        process.wait()
    return dict(over=taken(count) / MIB - LIMIT, gone=None if crossed is None else (ended - crossed) * 1e3, ended=is_ended)


def plain(words):
    """The leak behind a command that limits it."""
    def run(leak, folder):
        count = f"{folder}/count"
        process = subprocess.Popen([*words, leak, "leak", str(RATE), str(MOST), count],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return watch(process, count)
    return run


def earlyoom(leak, folder):
    """Told to act when as much as the limit is gone from what is available now: it knows no other limit."""
    available = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemAvailable"))
    threshold = available - LIMIT * 1024
    count = f"{folder}/count"
    script = f"earlyoom -M {threshold},{threshold} -r 0 >/dev/null 2>&1 & exec {leak} leak {RATE} {MOST} {count}"
    process = subprocess.Popen(["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", script],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return watch(process, count, 30.0)


LEAKING = """
import struct, time
def leak(rate, most, count):
    held, began = [], time.monotonic()
    while len(held) < most * 4:
        held.append(bytearray(b"x") * (256 << 10))
        with open(count, "r+b") as file:
            file.write(struct.pack("<Q", len(held) << 18))
        time.sleep(max(0.0, len(held) / 4 / rate - (time.monotonic() - began)))
"""


def restarts(count, deadline):
    """Follows a count file through the lives of its writers: the most of the first life, and when the second began."""
    Path(count).write_bytes(b"\0" * 8)
    began, first, crossed, fell = time.monotonic(), 0, None, None
    while time.monotonic() - began < deadline and fell is None:
        now = taken(count)
        if now >= LIMIT * MIB and crossed is None:
            crossed = time.monotonic()
        if now < first and first > 32 * MIB:
            fell = time.monotonic()
        first = max(first, now)
        time.sleep(0.002)
    again = None if fell is None or crossed is None else (fell - crossed) * 1e3
    return dict(over=first / MIB - LIMIT, gone=again, ended=fell is not None)


def dask(_leak, folder):
    from dask.distributed import Client, LocalCluster
    space = {}
    exec(LEAKING, space)
    count = f"{folder}/count"
    with LocalCluster(n_workers=1, threads_per_worker=1, memory_limit=f"{LIMIT + 80}MiB", dashboard_address=None) as cluster:
        with Client(cluster) as client:
            Path(count).write_bytes(b"\0" * 8)
            client.submit(space["leak"], RATE, MOST, count)
            return restarts(count, 60.0)


def ray(_leak, folder):
    total = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    available = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemAvailable"))
    # It knows a share of the node only, strangers included; its own processes are started first, and take some 600 MiB.
    threshold = (total - available + (LIMIT + 600) * 1024) / total
    os.environ["RAY_memory_usage_threshold"] = f"{threshold:.4f}"
    import ray as library
    space = {}
    exec(LEAKING, space)
    library.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        count = f"{folder}/count"
        Path(count).write_bytes(b"\0" * 8)
        library.remote(max_retries=1)(space["leak"]).remote(RATE, MOST, count)
        return restarts(count, 60.0)
    finally:
        library.shutdown()


SLURM = """ClusterName=bench
SlurmctldHost={host}
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/ctld.pid
SlurmdPidFile={folder}/d.pid
SlurmctldLogFile={folder}/ctld.log
SlurmdLogFile={folder}/d.log
SlurmctldPort=16817
SlurmdPort=16818
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ProctrackType=proctrack/linuxproc
TaskPlugin=task/cgroup
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
DefMemPerCPU=200
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Slurm:
    """A Slurm of one node, while it is needed."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp()
        host = os.uname().nodename
        for name in ("state", "spool"):
            os.mkdir(f"{self.folder}/{name}")
        Path(f"{self.folder}/slurm.conf").write_text(SLURM.format(host=host, folder=self.folder))
        Path(f"{self.folder}/cgroup.conf").write_text(
            "CgroupPlugin=cgroup/v1\nCgroupMountpoint=/sys/fs/cgroup\nConstrainRAMSpace=yes\n")
        os.environ["SLURM_CONF"] = f"{self.folder}/slurm.conf"
        os.makedirs("/run/munge", exist_ok=True)
        shutil.chown("/run/munge", "munge", "munge")
        subprocess.run(["runuser", "-u", "munge", "--", "munged"], check=False, stderr=subprocess.DEVNULL)
        self.daemons = [subprocess.Popen([program, "-D"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                        for program in ("slurmctld", "slurmd")]
        for _ in range(60):
            told = subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True).stdout
            if "idle" in told:
                return self
            time.sleep(0.5)
        raise RuntimeError("slurm does not become idle: " + told.strip())

    def __exit__(self, *_):
        for daemon in self.daemons:
            daemon.terminate()
            daemon.wait(20)
        subprocess.run(["pkill", "-x", "munged"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def slurm(leak, folder):
    count = f"{folder}/count"
    process = subprocess.Popen(["srun", f"--mem={LIMIT}", leak, "leak", str(RATE), str(MOST), count],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return watch(process, count)


def module(name):
    return lambda: __import__("importlib.util").util.find_spec(name) is not None


def program(*names):
    return lambda: all(shutil.which(name) for name in names)


PEERS = {
    "prlimit --as": (plain(["prlimit", f"--as={LIMIT * MIB}"]), program("prlimit"), "address space, not memory; nobody tries again"),
    "prlimit --data": (plain(["prlimit", f"--data={LIMIT * MIB}"]), program("prlimit"), "shared memory does not count; nobody tries again"),
    "ulimit -v": (plain(["sh", "-c", f'ulimit -v {LIMIT * 1024}; exec "$0" "$@"']), program("sh"), "as prlimit --as"),
    "earlyoom": (earlyoom, program("earlyoom", "unshare"), "one limit for the whole machine, moved by everybody on it"),
    "dask nanny": (dask, module("distributed"), "until the same task leaks again"),
    "ray task": (ray, module("ray"), "one limit for the whole node; until the same task leaks again"),
    "slurm": (slurm, program("srun", "slurmctld", "slurmd", "munged"), "by the kernel, as root; never requeued"),
}


def row(name, leak):
    run, is_there, note = PEERS[name]
    if not is_there():
        return f"| {name} | not installed | | | |"
    seen = []
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            seen.append(run(leak, folder))
    over = [one["over"] for one in seen]
    gone = [one["gone"] for one in seen if one["gone"] is not None]
    took = f"{statistics.median(gone):.0f}" if gone else "never above"
    ended = "" if all(one["ended"] for one in seen) else "; was not ended in time"
    return f"| {name} | {statistics.median(over):.1f} | {max(over):.1f} | {took} | {note}{ended} |"


def main(words):
    leak, names = words[0], words[1:] or list(PEERS)
    print(f"\n### The same leak under others: 1 GB/s past {LIMIT} MiB ({REPEATS} runs each)\n")
    print("| peer | over, median MiB | over, most MiB | from the limit to gone, median ms | |\n|---|---|---|---|---|")
    for name in names:
        try:
            if name == "slurm" and PEERS[name][1]():
                with Slurm():
                    print(row(name, leak), flush=True)
            else:
                print(row(name, leak), flush=True)
        except Exception as error:  # noqa: BLE001 (a peer that does not start is a row of its own)
            print(f"| {name} | failed to start: {error} | | | |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
