"""The best of the solutions that a peer comes to, by a count that is not the peer's."""
import json, shutil, subprocess
from pathlib import Path
from threading import Lock
from instance import write


class Best:
    """What is in the file `out`; several threads may offer at once."""

    def __init__(self, carillon, path, instance, out):
        self.carillon, self.path, self.instance, self.out = carillon, path, instance, out
        self.worth, self.offered, self.lock = None, 0, Lock()

    def offer(self, lectures):
        """Lectures (course, room, period), of which some may be missing; whether they are better than all before."""
        with self.lock:
            self.offered += 1
            part = f"{self.out}.{self.offered}"
        write(part, self.instance, lectures)
        told = subprocess.run([self.carillon, "verify", self.path, part, "--json"], capture_output=True, text=True)
        counted = json.loads(told.stdout)
        worth = counted["violations"], counted["cost"]
        with self.lock:
            is_better = self.worth is None or worth < self.worth
            if is_better:
                self.worth = worth
                shutil.move(part, self.out)
        Path(part).unlink(missing_ok=True)
        return is_better
