"""The document of a run: rows of figures in, Markdown out. Targets are issue 3's, for our own rows only."""

import operator

STEPS = ("push", "pull", "edit", "nothing")
# Step -> at most: bytes in both directions and requests on the free link, seconds on the slow one.
TARGETS = {
    "push": {"bytes": 45_000, "seconds": 8},
    "pull": {"bytes": 42_000, "seconds": 7},
    "edit": {"bytes": 450, "requests": 1, "seconds": 0.8},
    "nothing": {"bytes": 350, "requests": 1},
}
OURS = "Suanpan"

HEAD = """# How sync measures

Made by `make bench-sync` on {day}; raw rows in `bench/sync/results.json`, how it is done in `bench/sync/README.md`.
{records:,} records × 10 fields of Chinese text, {kb:.0f} KB as JSON, from one device to the server and from there to another; then
one edit from the first device; then a look when there is nothing to do. Everything goes through one byte-counting proxy. Bytes are
the payload of TCP in both directions, HTTP heads included, on a free link; seconds are on a link of 600 ms round
trip and 64 kbit/s. {machine}

"""


def document(results):
    work, machine = results["workload"], results["machine"]
    machine = f"Machine: {machine['cpu']}, {machine['cores']} cores, load {machine['load_before']} when this began."
    head = HEAD.format(day=results["day"], records=work["records"], kb=work["json_bytes"] / 1000, machine=machine)
    return head + table(results) + measures(results) + failures(results)


def table(results):
    steps = [row for row in results["rows"] if "step" in row]
    lines = ["| step | who | bytes up | down | together | requests | seconds | |", "|---|---|--:|--:|--:|--:|--:|---|"]
    for step in STEPS:
        for peer in dict.fromkeys(row["peer"] for row in steps):
            lines.append(line(step, peer, steps))
    return "\n".join(lines) + "\n"


def line(step, peer, rows):
    found = {row["link"]: row for row in rows if row["step"] == step and row["peer"] == peer}
    free, phone = found.get("free"), found.get("phone")
    figures = {}
    if free:
        figures = {"bytes": free["up_bytes"] + free["down_bytes"], "requests": free["requests"]}
    if phone:
        figures["seconds"] = phone["seconds"]
    counts = [f"{free['up_bytes']:,}", f"{free['down_bytes']:,}"] if free else ["–", "–"]
    counts += [f"{figures[name]:,}" if name in figures else "–" for name in ("bytes", "requests")]
    seconds = f"{figures['seconds']:.2f}" if phone else "–"
    verdict = judged(figures, TARGETS[step]) if peer.startswith(OURS) else ""
    return f"| {step} | {peer} | {' | '.join(counts)} | {seconds} | {verdict} |"


def judged(figures, targets):
    """Each target with its verdict; a figure that is not there has not met it."""
    words = []
    for name, most in targets.items():
        met = name in figures and figures[name] <= most
        words.append(f"{name} ≤ {most:,} {'met' if met else '**missed**'}")
    return "; ".join(words)


def measures(results):
    """Figures of ours that no peer has: {"measure", "value", "unit", "at_most" or "at_least"}."""
    rows = [row for row in results["rows"] if "measure" in row]
    if not rows:
        return ""
    lines = ["", "| measure | value | target | |", "|---|--:|---|---|"]
    for row in rows:
        target, verdict = "", ""
        for name, sign, holds in (("at_most", "≤", operator.le), ("at_least", "≥", operator.ge)):
            if name in row:
                target, verdict = f"{sign} {row[name]:,}", "met" if holds(row["value"], row[name]) else "**missed**"
        lines.append(f"| {row['measure']} | {row['value']:,} {row.get('unit', '')} | {target} | {verdict} |")
    return "\n".join(lines) + "\n"


def failures(results):
    if not results["failures"]:
        return ""
    lines = [f"- {each['peer']}, {each['link']} link: {each['reason']}" for each in results["failures"]]
    return "\nNot measured, or not to the end:\n\n" + "\n".join(lines) + "\n"
