"""Runs a command, and sees how long it takes and how much memory all its processes have. It knows no peer."""
import os, signal, subprocess, tempfile, threading, time
from pathlib import Path

GRACE = 30  # seconds behind its time at which a command is ended
BETWEEN = 0.1  # seconds between two looks at the memory


def tree(root):
    """A process and all that descend from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents.setdefault(int(stat.read_text().rpartition(") ")[2].split()[1]), []).append(int(stat.parent.name))
        except (OSError, ValueError):
            continue
    found = [root]
    for process in found:
        found += parents.get(process, [])
    return found


def resident(process):
    """Bytes; what several processes share counts for each of them."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


class Watch(threading.Thread):
    """Looks at a process until it has ended, and ends it when it does not come to an end."""

    def __init__(self, process, until):
        super().__init__(daemon=True)
        self.process, self.until, self.most, self.is_over = process, until, 0, threading.Event()

    def run(self):
        while not self.is_over.wait(BETWEEN):
            processes = tree(self.process)
            self.most = max(self.most, sum(map(resident, processes)))
            if time.monotonic() > self.until + GRACE:
                for process in processes:
                    try:
                        os.kill(process, signal.SIGKILL)
                    except ProcessLookupError:
                        pass


def measured(words, until, cores):
    """Runs a command on these cores: its seconds, those of processors, the most MiB of all its processes, what it said."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=told, stderr=told,
                                   env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
                                   preexec_fn=lambda: os.sched_setaffinity(0, cores))
        watch = Watch(process.pid, until)
        watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.is_over.set()
        watch.join()
        told.seek(0)
        text = told.read().decode(errors="replace").strip()
    peak = max(watch.most, usage.ru_maxrss * 1024)
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, peak / (1 << 20), text
