"""Measures Suanpan beside its peers in one run on one machine and writes bench/results.json and
docs/performance.md. CPU seconds are user + sys of the whole command, children included; memory is the
peak resident size of the largest single process. Medians of RUNS; ratios are computed pair by pair.

Called by bench/run.sh, which has built everything. `--quick` takes one run of each."""

import json
import os
import pathlib
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ["CARGO_TARGET_DIR"]) / "release"
SUANPAN, PEER = str(TARGET / "suanpan"), str(TARGET / "suanpan-bench")
RUNS = 1 if "--quick" in sys.argv else 3
ROWS = 100_000
BOOK_ROWS, BOOK_YEARS = 1_000_000, 5

READ_OPENPYXL = """
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1], read_only=True)
cells = 0
for row in book.worksheets[0].iter_rows(values_only=True):
    cells += len(row)
print(cells)
"""
WRITE_OPENPYXL = """
import sys, openpyxl
from openpyxl.cell import WriteOnlyCell
source = openpyxl.load_workbook(sys.argv[1], read_only=True)
book = openpyxl.Workbook(write_only=True)
sheet = book.create_sheet()
for at, row in enumerate(source.worksheets[0].iter_rows(values_only=True)):
    cells = []
    for value in row:
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, float):
            cell.number_format = "#,##0.00"
        cells.append(cell)
    sheet.append(cells)
book.save(sys.argv[2])
"""


def run(command, **more):
    """(cpu seconds, peak MB of the largest process, standard output)."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, **more)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        text = out.read().decode()
        # 1 from our own program: done, with findings. A peer that ends with 1 has measured nothing.
        if process.returncode not in ((0, 1) if command[0] == SUANPAN else (0,)):
            raise SystemExit(f"{command}: {process.returncode}\n{err.read().decode()[-2000:]}")
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text


def side_by_side(*commands):
    """Each command in turn, RUNS times; per command a list of (cpu, memory, output)."""
    taken = [[] for _ in commands]
    for _ in range(RUNS):
        for results, command in zip(taken, commands):
            results.append(run(command()))
    return taken


def figures(runs):
    return {"cpu_s": round(statistics.median(r[0] for r in runs), 2), "peak_mb": round(max(r[1] for r in runs))}


def ratio(ours, theirs):
    return round(statistics.median(a[0] / b[0] for a, b in zip(ours, theirs)), 3)


def import_(folder):
    workbook, seed = folder / "lines.xlsx", folder / "seed.book"
    made = json.loads(run([PEER, "write-workbook", workbook, ROWS])[2])
    run([PEER, "seed-book", seed])
    book = folder / "import.book"

    def ours():
        for path in folder.glob("import.book*"):
            path.unlink() if path.is_file() else shutil.rmtree(path)
        shutil.copy(seed, book)
        return [SUANPAN, "import", book, workbook, "--entity", "budget_line", "--json"]

    python = [sys.executable, "-c", READ_OPENPYXL, workbook]
    mine, bare, peer = side_by_side(ours, lambda: [PEER, "read-with-calamine", workbook], lambda: python)
    totals = json.loads(run([SUANPAN, "totals", book, "budget_line", "--json", *sum((["--sum", f] for f in SUMS), [])])[2])
    return {
        "rows": ROWS, "columns": 20, "suanpan": figures(mine), "calamine": figures(bare), "openpyxl_read_only": figures(peer),
        "ratio_to_calamine": ratio(mine, bare), "ratio_to_openpyxl": ratio(mine, peer),
        "fen_in_workbook": made["fen"], "fen_in_book": sum(totals["lines"][0]["sums"]),
    }


SUMS = ["apply_up", "fin_audit_money", "reply_amt", "adj_amt", "dis_amt"]


def export(folder):
    book, workbook = folder / "import.book", folder / "lines.xlsx"
    ours = lambda: [SUANPAN, "export", book, "--entity", "budget_line", "-o", folder / "out.xlsx", "--json"]
    alone = lambda: [PEER, "write-with-xlsxwriter", folder / "alone.xlsx", ROWS]
    python = lambda: [sys.executable, "-c", WRITE_OPENPYXL, workbook, folder / "python.xlsx"]
    read_only = lambda: [sys.executable, "-c", READ_OPENPYXL, workbook]
    mine, bare, peer, reading = side_by_side(ours, alone, python, read_only)
    # What openpyxl spent on reading its input is not part of writing.
    peer = [(write[0] - read[0], write[1], "") for write, read in zip(peer, reading)]
    return {
        "rows": ROWS, "suanpan": figures(mine), "rust_xlsxwriter": figures(bare), "openpyxl_write_only": figures(peer),
        "ratio_to_rust_xlsxwriter": ratio(mine, bare), "ratio_to_openpyxl": ratio(mine, peer),
    }


def big_book(folder):
    book = folder / "big.book"
    cpu, _, out = run([PEER, "fill-book", book, BOOK_ROWS, BOOK_YEARS])
    answers = [json.loads(run([PEER, "query-book", book])[2]) for _ in range(RUNS)]
    edits = [json.loads(run([PEER, "edit-book", book, 300])[2]) for _ in range(RUNS)]
    medians = {key: round(statistics.median(a[key] for a in answers), 2) for key in answers[0]}
    medians |= {key: round(statistics.median(e[key] for e in edits), 2) for key in edits[0]}
    pastes = [json.loads(run([PEER, "paste-book", book, 1000])[2]) for _ in range(RUNS)]
    medians |= {key: round(statistics.median(p[key] for p in pastes), 2) for key in pastes[0]}
    return {"rows": BOOK_ROWS, "fill_cpu_s": round(cpu, 1), "bytes": json.loads(out)["bytes"], **medians}


def sizes():
    names = ["suanpan", "suanpan-desktop"]
    return {name: round((TARGET / name).stat().st_size / 2**20, 1) for name in names}


def machine():
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.machine())
    load = round(os.getloadavg()[1], 1)
    return {"cpu": cpu, "cores": os.cpu_count(), "system": platform.platform(terse=True), "load_before": load}


def screens():
    """Frames of the grid, paste to saved, memory of the window: measured by node where the browsers are."""
    script = ROOT / "bench" / "screens.mjs"
    out = subprocess.run(["node", str(script)], check=True, capture_output=True, text=True)
    return json.loads(out.stdout.strip().splitlines()[-1])


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory(prefix="suanpan-bench-") as name:
        folder = pathlib.Path(name)
        results = {"machine": machine(), "runs": RUNS}
        parts = {"import": lambda: import_(folder), "export": lambda: export(folder), "book": lambda: big_book(folder),
                 "binary_mb": sizes, "screens": screens}
        for part, measure in parts.items():
            results[part] = measure()
            # Kept as it comes: a screen that does not open must not cost the measurements before it.
            (ROOT / "bench" / "results.json").write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    (ROOT / "docs" / "performance.md").write_text(report(results))
    print(report(results))


def report(r):
    i, e, b, s = r["import"], r["export"], r["book"], r["screens"]
    rows = [
        ("import 100,000 × 20, CPU s", i["suanpan"]["cpu_s"], ""),
        ("… of openpyxl read_only that only reads", i["ratio_to_openpyxl"], "≤ 0.167"),
        ("… of bare calamine streaming", i["ratio_to_calamine"], "≤ 4"),
        ("… peak memory, MB", i["suanpan"]["peak_mb"], "≤ 150"),
        ("… sums equal to the 分", i["fen_in_workbook"] == i["fen_in_book"], "True"),
        ("export 100,000 × 20, CPU s", e["suanpan"]["cpu_s"], ""),
        ("… of openpyxl write_only", e["ratio_to_openpyxl"], "≤ 0.1"),
        ("… of rust_xlsxwriter alone", e["ratio_to_rust_xlsxwriter"], "≤ 1.6"),
        ("… peak memory, MB", e["suanpan"]["peak_mb"], "≤ 60"),
        ("book of 1,000,000 rows: lookup p95, ms", b["lookup_p95_ms"], "≤ 2"),
        ("… page of a unit p95, ms", b["unit_page_p95_ms"], "≤ 5"),
        ("… totals by unit, one year, ms", b["totals_by_unit_year_median_ms"], "≤ 400"),
        ("… totals by unit, all years, ms", b["totals_by_unit_all_years_median_ms"], ""),
        ("… search of two characters p95, ms", b["search_p95_ms"], "≤ 20"),
        ("… opening to a usable list, ms", b["cold_start_ms"], "≤ 1500"),
        ("… one edit saved p99, ms", b["edit_p99_ms"], "≤ 50"),
        ("… 1,000 × 10 cells of 200 units saved as one group, ms", b["paste_ms"], ""),
        ("… and taken back, ms", b["undo_ms"], ""),
    ]
    rows += [(name, value, target) for name, value, target in s["rows"]]
    rows += [(f"release binary {name}, MB", size, "≤ 20") for name, size in r["binary_mb"].items()]
    m = r["machine"]
    lines = ["# Performance", "", "Made by `make bench`; raw figures in `bench/results.json`. Medians of "
             f"{r['runs']} run(s) on one machine ({m['cpu']}, {m['cores']} cores), CPU = user + sys with children,",
             "memory = largest single process. The table is measured, not promised: a target that was missed is marked so.",
             *shared(m), "", "| what | measured | target | |", "|---|---|---|---|"]
    lines += [f"| {name} | {value} | {target} | {verdict(value, target)} |" for name, value, target in rows]
    return "\n".join(lines) + "\n"


def shared(m):
    """A line for readers when other work ran on the machine: elapsed times are then upper bounds."""
    if m["load_before"] < 1:
        return []
    return ["", f"The machine was shared (load average {m['load_before']} on {m['cores']} cores when this began): CPU seconds and ratios",
            "are roughly right, memory holds; milliseconds, seconds and frames were measured between other programs and are worse than on an idle machine."]


def verdict(value, target):
    sign, _, limit = target.partition(" ")
    if sign == "≤":
        return "met" if value <= float(limit) else "**missed**"
    if sign == "≥":
        return "met" if value >= float(limit) else "**missed**"
    return "" if target == "" else "met" if str(value) == target else "**missed**"


if __name__ == "__main__":
    main()
