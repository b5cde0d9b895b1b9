"""Measures our sync beside its peers in one run: the same work through the same weak link. Writes
bench/sync/results.json (raw rows) and docs/sync-performance.md (the table).

Called by bench/sync/run.sh, which has built everything. `--quick` leaves out the slow link; `--only WORD`
runs those whose name has the word in it and writes nothing. What a peer prints is described in README.md; a
peer that fails is named in the report with its reason and stops nobody."""

import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import report
import workload

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = pathlib.Path(os.environ["CARGO_TARGET_DIR"]) / "release"

# Name, command. Each is given --workload FILE --weak-link PROGRAM --rtt-ms N --bits-per-s N --folder EMPTY.
PEERS = (
    ("Suanpan", [TARGET / "suanpan-bench", "sync"]),
    ("PouchDB", ["node", HERE / "pouchdb.mjs"]),
    ("Replicache", ["node", HERE / "replicache.mjs"]),
    ("SQLite changeset", [sys.executable, HERE / "changeset.py"]),
)
# Name, round trip in ms, bits per second (0: no limit), how long a peer may take in s.
LINKS = (("free", 0, 0, 300), ("phone", 600, 64_000, 1_200))


def rows_of(name, command, link, work):
    """(rows, reason of failure or None) of one peer on one link. Rows printed before a failure count."""
    link_name, rtt_ms, bits_per_s, patience_s = link
    with tempfile.TemporaryDirectory(prefix="bench-sync-") as folder, tempfile.TemporaryFile() as out:
        shape = ["--rtt-ms", rtt_ms, "--bits-per-s", bits_per_s]
        words = [*command, "--workload", work, "--weak-link", TARGET / "weak-link", *shape, "--folder", folder]
        print(f"== {name}, {link_name} link", file=sys.stderr, flush=True)
        reason = None
        try:
            ended = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out, timeout=patience_s)
            if ended.returncode:
                reason = f"ended with {ended.returncode}"
        except OSError as why:
            reason = f"{pathlib.Path(command[0]).name}: {why.strerror}"
        except subprocess.TimeoutExpired:
            reason = f"not done after {patience_s} s"
        out.seek(0)
        lines = out.read().decode().splitlines()
    rows = [{**json.loads(line), "link": link_name} for line in lines if line.startswith("{")]
    return rows, reason if reason or rows else "printed no rows"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        models = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return {"cpu": model, "cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 1)}


def main():
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
    links = LINKS[:1] if "--quick" in sys.argv else LINKS
    given = workload.workload()
    results = {"machine": machine(), "day": time.strftime("%Y-%m-%d"), "rows": [], "failures": []}
    results["workload"] = {"records": len(given["records"]), "json_bytes": len(workload.compact(given["records"]).encode())}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as work:
        work.write(workload.compact(given))
        work.flush()
        for link in links:
            for name, command in (peer for peer in PEERS if only in peer[0]):
                rows, reason = rows_of(name, command, link, work.name)
                results["rows"] += rows
                if reason:
                    results["failures"].append({"peer": name, "link": link[0], "reason": reason})
    print(report.table(results) + report.measures(results))
    if not only:
        (HERE / "results.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        (ROOT / "docs" / "sync-performance.md").write_text(report.document(results), encoding="utf-8")
    ours = [failure for failure in results["failures"] if failure["peer"] == PEERS[0][0]]
    sys.exit(1 if ours else 0)


if __name__ == "__main__":
    main()
