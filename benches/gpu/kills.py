#!/usr/bin/env python3
"""How long a card's memory is gone after its holder was killed.

    python3 benches/gpu/kills.py COUNT COMMAND…

Starts the command so many times, kills it half a second after it holds 300 MiB of the first card, and prints seconds until it was
reaped and until NVML says that what is used is within 64 MiB of before. Needs the package nvidia-ml-py.
"""

import json
import signal
import subprocess
import sys
import time

import pynvml as nvml


def main():
    nvml.nvmlInit()
    card = nvml.nvmlDeviceGetHandleByIndex(0)

    def used():
        return nvml.nvmlDeviceGetMemoryInfo(card).used

    reaped, freed, peak = [], [], 0
    for _ in range(int(sys.argv[1])):
        before = used()
        holder = subprocess.Popen(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started = time.time()
        while used() < before + (300 << 20) and time.time() - started < 10 and holder.poll() is None:
            time.sleep(0.01)
        time.sleep(0.5)
        peak = max(peak, used() - before)
        killed = time.time()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        reaped.append(time.time() - killed)
        while used() > before + (64 << 20) and time.time() - killed < 40:
            time.sleep(0.002)
        freed.append(time.time() - killed)
    reaped.sort()
    freed.sort()
    middle = len(freed) // 2
    told = {"kills": len(freed), "held_mib": peak >> 20, "reaped_median": reaped[middle], "reaped_longest": reaped[-1]}
    print(json.dumps({**told, "free_median": freed[middle], "free_longest": freed[-1]}))


main()
