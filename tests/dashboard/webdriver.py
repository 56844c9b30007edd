"""A browser driven over WebDriver's plain HTTP (W3C WebDriver, section 6): the few commands that the
dashboard's test needs, with the standard library alone."""
import base64
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time


class Browser:
    """Headless Chromium behind chromedriver; both end with the `with` block."""

    def __init__(self, width=1440, height=1000, dark=False, reduced_motion=False):
        self.profile = tempfile.mkdtemp(prefix="dashboard-chromium-")
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0", "--log-level=SEVERE"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        self.port = self._port()
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--disable-background-networking", "--disable-component-update", "--no-first-run",
                     f"--user-data-dir={self.profile}", f"--window-size={width},{height}"]
        answer = self._command("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}}, session="")
        self.session = "/session/" + answer["sessionId"]
        self.media(dark, reduced_motion)
        # A phone is narrower than any window may be.
        self.cdp("Emulation.setDeviceMetricsOverride",
                 {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._command("DELETE", "")
        except (OSError, RuntimeError):
            pass
        self.driver.terminate()
        self.driver.wait(10)
        self.driver.stdout.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _port(self):
        for line in self.driver.stdout:
            if "successfully on port" in line:
                return int(line.rsplit(" ", 1)[1].rstrip(".\n"))
        raise RuntimeError("chromedriver did not start")

    def _command(self, method, path, body=None, session=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        prefix = self.session if session is None else session
        text = json.dumps(body if body is not None else {}) if method == "POST" else None
        connection.request(method, prefix + path, text, {"content-type": "application/json"})
        value = json.loads(connection.getresponse().read())["value"]
        connection.close()
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{path}: {value['error']}: {value['message']}")
        return value

    def cdp(self, command, parameters=None):
        return self._command("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters or {}})

    def media(self, dark, reduced_motion=False):
        self.cdp("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced_motion else "no-preference"}]})

    def open(self, url):
        self._command("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The body of a function in the page; `arguments` are its arguments."""
        return self._command("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector):
        return self.run("const e = document.querySelector(arguments[0]); return e ? e.innerText : '';", selector)

    def click(self, selector):
        """As a reader does: on what is at that place (unlike element.click() of a script)."""
        found = self._command("POST", "/element", {"using": "css selector", "value": selector})
        self._command("POST", f"/element/{next(iter(found.values()))}/click")

    def type(self, selector, text):
        found = self._command("POST", "/element", {"using": "css selector", "value": selector})
        element = f"/element/{next(iter(found.values()))}"
        self._command("POST", element + "/clear")
        self._command("POST", element + "/value", {"text": text})

    def log(self, kind):
        """The lines since the last call."""
        return self._command("POST", "/se/log", {"type": kind})

    def until(self, what, script, *arguments, seconds=30):
        """Waits until the script gives something true, and gives it."""
        deadline = time.monotonic() + seconds
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for: {what}")
            time.sleep(0.1)

    def screenshot(self, path, full=False):
        parameters = {"format": "png", "captureBeyondViewport": full}
        if full:
            size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
            parameters["clip"] = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(base64.b64decode(self.cdp("Page.captureScreenshot", parameters)["data"]))
