#!/usr/bin/env python3
"""The picture of the dashboard for people who have not started it yet: picture.py CONVOY FILE"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from webdriver import Browser  # noqa: E402
from world import World  # noqa: E402

SECONDS = 66  # a whole window of one minute

with World(os.path.abspath(sys.argv[1]), evil="billing") as world, Browser(1360, 1180, dark=True, reduced_motion=True) as browser:
    browser.open(f"http://{world.admin}/")
    for path, connections in (("/", 4), ("/api/v1/users", 3), ("/slow", 14), ("/login", 1)):
        world.load(path, SECONDS + 20, connections)
    time.sleep(SECONDS / 2)
    world.load("/nothing", 9, 1, host="unknown.example.com")
    world.load("/broken", 7, 1)
    time.sleep(SECONDS / 4)
    world.backends.kill("web-2")
    time.sleep(SECONDS / 4)
    browser.run("document.querySelector('#theme').blur();")
    browser.screenshot(os.path.abspath(sys.argv[2]))
