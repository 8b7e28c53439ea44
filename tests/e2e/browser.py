# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium, driven through chromedriver by the WebDriver protocol (w3.org/TR/webdriver2).

It ends with us: chromedriver is killed by the kernel when we end, and Chromium ends with the pipe
through which chromedriver speaks to it. Nothing of it calls home, and names lead nowhere.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

from bed import process

PATIENCE_S = 120
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--remote-debugging-pipe", "--hide-scrollbars", "--force-device-scale-factor=1",
    "--force-color-profile=srgb", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
    "--disable-domain-reliability", "--disable-extensions", "--disable-sync", "--no-pings",
    "--disable-features=Translate,MediaRouter,OptimizationHints,NetworkTimeServiceQuerying",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
# Straight to chromedriver, whatever proxy the tester has.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Browser:
    def __init__(self):
        self.driver = self.session = None
        self.profile = tempfile.mkdtemp(prefix="nextmx-chromium-")
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        for program in ("chromedriver", "chromium"):
            if not shutil.which(program):
                sys.exit(f"{sys.argv[0]}: {program} is missing; scripts/setup installs it")
        # What it keeps, and leaves behind, is in the folder that goes.
        environment = {"PATH": os.environ["PATH"], "HOME": self.profile, "TMPDIR": self.profile,
                       "LC_ALL": "C.UTF-8"}
        self.driver = process.spawn(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, text=True, env=environment)
        self.base = f"http://127.0.0.1:{self.read_port()}"
        options = {"binary": shutil.which("chromium"),
                   "args": [*FLAGS, f"--user-data-dir={self.profile}/profile"]}
        always = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self.session = self.send("POST", "/session", {"capabilities": {"alwaysMatch": always}})
        self.base += f"/session/{self.session['sessionId']}"

    def read_port(self):
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found[1])
        raise RuntimeError("chromedriver did not start")

    def stop(self):
        if self.session:
            try:
                self.send("DELETE", "")
            except (OSError, RuntimeError):
                pass  # it ends with its driver
        if self.driver:
            process.stop(self.driver)
            self.driver.stdout.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with OPENER.open(request, timeout=PATIENCE_S) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise RuntimeError(f"{value['error']}: {value['message']}") from None

    def cdp(self, command, **params):
        """A command of Chromium's own (chromedevtools.github.io/devtools-protocol)."""
        return self.send("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def open(self, url):
        self.send("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The body of a function of JavaScript; what it returns."""
        return self.send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def log(self, kind):
        """What came since it was asked for the last time: "browser" or "performance"."""
        return self.send("POST", "/se/log", {"type": kind})

    def events(self, method):
        """Parameters of the events of this kind; takes the whole performance log."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [message["params"] for message in messages if message["method"] == method]

    def look(self, width, scheme="light", media="screen", height=900):
        """How the page is looked at from now on."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)
        self.cdp("Emulation.setEmulatedMedia", media=media,
                 features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path, clip=None):
        """Of the whole page, or of clip: (x, y, width, height)."""
        options = {}
        if clip:
            options["clip"] = dict(zip(("x", "y", "width", "height"), clip), scale=1)
        data = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                        **options)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
