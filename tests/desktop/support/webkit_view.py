"""A WebKitGTK window on one address, driven over standard input and output.

Each input line is a JSON string holding the body of an async function; each output line is the JSON
of what it returned, or {"error": …}. Keys and clicks do not come this way: they come from the X
display, through the real input method.
"""

import json
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gio, GLib, Gtk, WebKit2  # noqa: E402


def answer(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def finished(view, result):
    try:
        answer(json.loads(view.call_async_javascript_function_finish(result).to_string()))
    except (GLib.Error, ValueError) as error:
        answer({"error": str(error)})


def read_line(stream, result, view):
    line, _length = stream.read_line_finish_utf8(result)
    if line is None:
        Gtk.main_quit()
        return
    body = "return JSON.stringify({ value: await (async () => {" + json.loads(line) + "})() })"
    view.call_async_javascript_function(body, -1, None, None, None, None, finished)
    stream.read_line_async(GLib.PRIORITY_DEFAULT, None, read_line, view)


def main():
    window = Gtk.Window()
    window.set_wmclass("suanpan-view", "suanpan-view")
    window.set_decorated(False)
    window.set_default_size(1366, 768)
    window.move(0, 0)
    view = WebKit2.WebView()
    view.get_settings().set_property("enable-write-console-messages-to-stdout", False)
    window.add(view)
    window.connect("destroy", Gtk.main_quit)
    view.load_uri(sys.argv[1])
    window.show_all()
    view.grab_focus()
    stream = Gio.DataInputStream.new(Gio.UnixInputStream.new(0, False))
    stream.read_line_async(GLib.PRIORITY_DEFAULT, None, read_line, view)
    Gtk.main()


main()
