"""Peer: SQLite's session changesets, compressed by zstd, over the plainest HTTP there can be. No identity, no
order, no receipts, no conflicts asked: this is the floor in bytes below which a sync that does its
work would be surprising. The row says what the changeset weighs raw, deflated and by zstd."""

import argparse
import contextlib
import http.client
import http.server
import json
import subprocess
import sys
import threading
import time
import uuid
import zlib

import apsw
import zstandard

parser = argparse.ArgumentParser()
parser.add_argument("--workload", required=True)
parser.add_argument("--weak-link", required=True)
parser.add_argument("--rtt-ms", default="0")
parser.add_argument("--bits-per-s", default="0")
parser.add_argument("--folder")
ARGUMENTS = parser.parse_args()
with open(ARGUMENTS.workload, encoding="utf-8") as text:
    WORKLOAD = json.load(text)
FIELDS = [name for name in WORKLOAD["records"][0] if name != "id"]
PEER = "SQLite changeset"


def key(record_id):
    return uuid.UUID(record_id).bytes


def database():
    book = apsw.Connection(":memory:")
    book.execute(f"CREATE TABLE project (id BLOB PRIMARY KEY, {', '.join(FIELDS)})")
    return book


def changes(book, work):
    """The changeset of what `work` writes."""
    session = apsw.Session(book, "main")
    session.attach()
    with book:
        work()
    return session.changeset()


def packed(changeset):
    return zstandard.compress(changeset, 19) if changeset else b""


def apply(book, body):
    if body:
        apsw.Changeset.apply(zstandard.decompress(body), book)


class Server(http.server.BaseHTTPRequestHandler):
    """Applies a changeset (POST) and hands out those from a number on (GET /3)."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Head and body leave together.
    book, received, requests = database(), [], 0

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        apply(Server.book, body)
        Server.received.append(body)
        self.answer(b"")

    def do_GET(self):
        missing = Server.received[int(self.path[1:]):]
        self.answer(missing[0] if missing else b"")

    def answer(self, body):
        Server.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class WeakLink:
    def __init__(self, port):
        command = [ARGUMENTS.weak_link, "--upstream", f"127.0.0.1:{port}"]
        command += ["--rtt-ms", ARGUMENTS.rtt_ms, "--bits-per-s", ARGUMENTS.bits_per_s]
        self.program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.addr = json.loads(self.program.stdout.readline())["listening"]

    def ask(self, command):
        self.program.stdin.write(command + "\n")
        return json.loads(self.program.stdout.readline())


@contextlib.contextmanager
def step(link, name, changeset=None):
    link.ask("reset")
    Server.requests, since = 0, time.monotonic()
    yield
    seconds = time.monotonic() - since
    row = {"peer": PEER, "step": name, **link.ask("counts"), "requests": Server.requests, "seconds": seconds}
    if changeset:
        weights = {"raw": len(changeset), "deflate": len(zlib.compress(changeset, 9)), "zstd": len(packed(changeset))}
        row["changeset_bytes"] = weights
    print(json.dumps(row), flush=True)


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    link = WeakLink(server.server_address[1])
    wire = http.client.HTTPConnection(link.addr)

    def exchange(method, path, body=None):
        wire.request(method, path, body)
        return wire.getresponse().read()

    a, b, edit = database(), database(), WORKLOAD["edit"]
    insert = f"INSERT INTO project VALUES (?{', ?' * len(FIELDS)})"
    rows = [[key(record["id"])] + [record[name] for name in FIELDS] for record in WORKLOAD["records"]]
    written = changes(a, lambda: a.executemany(insert, rows))
    with step(link, "push", written):
        exchange("POST", "/", packed(written))
    with step(link, "pull"):
        apply(b, exchange("GET", "/0"))
    update = f"UPDATE project SET {edit['field']} = ? WHERE id = ?"
    edited = changes(a, lambda: a.execute(update, [edit["to"], key(edit["id"])]))
    with step(link, "edit", edited):
        exchange("POST", "/", packed(edited))
    with step(link, "nothing"):
        exchange("GET", "/2")
    apply(b, exchange("GET", "/1"))
    everything = "SELECT * FROM project ORDER BY id"
    assert list(a.execute(everything)) == list(b.execute(everything)), "the copies differ"
    server.handle_error = lambda *_: None  # The link resets what is open when it ends; that is no news.
    link.program.stdin.close()
    link.program.wait()


if __name__ == "__main__":
    sys.exit(main())
