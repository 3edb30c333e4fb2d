# SPDX-License-Identifier: MIT
"""browser.py - a page in headless Chromium, asked through its DevTools pipe

Only Python's standard library: messages are JSON that ends in a zero byte, on
the descriptors 3 and 4 of the browser.  No port is opened.
"""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60  # seconds for one answer: a machine may be busy


def find():
    """The browser's path, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    def __init__(self, *arguments):
        self.home = tempfile.mkdtemp(prefix="browser")
        to_browser, self.out = os.pipe()
        self.inp, from_browser = os.pipe()
        # The browser knows them as 3 and 4, which may be among these.
        high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100)
                for fd in (to_browser, from_browser)]

        def child():
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)
        self.process = subprocess.Popen(
            [find(), "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-extensions",
             "--remote-debugging-pipe", "--user-data-dir=" + self.home,
             *arguments],
            close_fds=False, preexec_fn=child, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=dict(os.environ, HOME=self.home))
        for fd in (to_browser, from_browser, *high):
            os.close(fd)
        self.number = 0
        self.rest = b""
        self.session = None
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.out)
        os.close(self.inp)
        shutil.rmtree(self.home, ignore_errors=True)

    def _message(self):
        until = time.monotonic() + PATIENCE
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.inp], [], [], left)[0]:
                raise TimeoutError("no answer of the browser")
            more = os.read(self.inp, 1 << 20)
            if not more:
                raise EOFError("the browser ended")
            self.rest += more
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **params):
        """The result of a method; events that come before are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        while True:
            got = self._message()
            if got.get("id") == self.number:
                if "error" in got:
                    raise RuntimeError("%s: %s" % (method, got["error"]))
                return got["result"]
            self.events.append(got)

    def wait(self, method):
        """Until such an event has come."""
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self._message())

    def open(self, path, width=1200, height=900, **media):
        """A new tab with a file; media: as the features of CSS."""
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        self.events = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")
        self.size(width, height)
        if media:
            self.call("Emulation.setEmulatedMedia", features=[
                {"name": k.replace("_", "-"), "value": v}
                for k, v in media.items()])
        self.events = []
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait("Page.loadEventFired")

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=False)

    def value(self, script):
        """What an expression is, after the next frame was drawn."""
        script = ("new Promise(r => requestAnimationFrame(() => "
                  "requestAnimationFrame(() => r((() => (%s))()))))" % script)
        got = self.call("Runtime.evaluate", expression=script,
                        awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in got:
            raise RuntimeError(got["exceptionDetails"]["exception"].get(
                "description", "an exception in: " + script))
        return got["result"].get("value")

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def key(self, key, code=0):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key,
                      windowsVirtualKeyCode=code)

    def complaints(self):
        """Exceptions, errors of the console, and all that was refused."""
        out = []
        for e in self.events:
            p = e.get("params", {})
            if e.get("method") == "Runtime.exceptionThrown":
                out.append(json.dumps(p["exceptionDetails"])[:500])
            elif e.get("method") == "Log.entryAdded":
                out.append(p["entry"]["text"])
            elif e.get("method") == "Runtime.consoleAPICalled":
                out.append("console." + p["type"])
            elif e.get("method") == "Page.javascriptDialogOpening":
                out.append("a dialog: " + p["message"])
        return out

    def requests(self):
        """Addresses that were asked for."""
        return [e["params"]["request"]["url"] for e in self.events
                if e.get("method") == "Network.requestWillBeSent"]

    def picture(self, path, **more):
        got = self.call("Page.captureScreenshot", format="png", **more)
        with open(path, "wb") as out:
            out.write(base64.b64decode(got["data"]))

    def whole_picture(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        self.picture(path, captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "width": size["width"],
            "height": size["height"], "scale": 1})


if __name__ == "__main__":
    sys.exit(find() is None)
