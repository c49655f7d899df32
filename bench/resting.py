"""Part “rest”: `manage.py run` with nothing to do – memory of all processes together, and what they cost idle."""

from __future__ import annotations

import json
import time

from bench import machine, servers
from bench.talking import Bench


def rest(bench: Bench) -> None:
    """Proportional memory by process (pages shared by several are divided among them), before anybody has asked."""
    with servers.whole_installation(bench.stack) as (supervisor, _url):
        time.sleep(3 if bench.quick else 15)
        state = json.loads((bench.stack.home / "data" / "run.json").read_text())
        groups = {name: [pid] for name, pid in sorted(state["programs"].items())}
        groups |= {"PostgreSQL": [bench.stack.pids["postgres"]], "Valkey": [bench.stack.pids["valkey"]]}
        memory = {name: machine.pss_mb(pids) for name, pids in groups.items()}
        everything = machine.pss_mb([supervisor.pid])
        memory["supervisor"] = round(everything - sum(memory[name] for name in state["programs"]), 1)
        before, begun = machine.cpu_seconds([supervisor.pid]), time.monotonic()
        time.sleep(5)
        busy = (machine.cpu_seconds([supervisor.pid]) - before) / (time.monotonic() - begun)
    total = round(sum(memory.values()), 1)
    row = {"part": "rest", "target": "manage.py run", "load": "at rest", "pss_mb": memory, "total_mb": total}
    bench.results.append(row | {"idle_cores": round(busy, 3)})
    bench.say(f"  {total} MB together: {memory}; idle CPU {busy:.3f} cores")
