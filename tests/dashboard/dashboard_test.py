#!/usr/bin/env python3
"""The dashboard in a real browser: dashboard_test.py CONVOY [SCREENSHOTS]

Headless Chromium looks at a Convoy under load, at dying hosts, rejected reloads and a thousand
clusters; screenshots stay in the folder for people."""
import http.client
import json
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from webdriver import Browser  # noqa: E402
from world import EVIL, World  # noqa: E402

BINARY, SHOTS = "", "build/dashboard"

VIOLATIONS = """window.violations = [];
document.addEventListener('securitypolicyviolation', e => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));
window.addEventListener('error', e => window.violations.push('error: ' + e.message));
window.addEventListener('unhandledrejection', e => window.violations.push('rejection: ' + e.reason));"""

# legend(title, line): the number in the legend of a chart, once it is one that says something.
LEGEND = """const legend = (title, line) => {
  const chart = [...document.querySelectorAll('.chart')].find(c => c.querySelector('h3').innerText === title);
  const text = chart.querySelectorAll('.legend b')[line].innerText;
  return ['–', '0', '0 B/s'].includes(text) ? '' : text;
};"""
ROW = """const row = [...document.querySelectorAll('#cluster-table tbody tr')].find(r => r.querySelector('button') && r.querySelector('button').innerText === arguments[0]);"""

# Text whose contrast with what lies behind it is below WCAG AA (4.5; 3 where it is large).
CONTRAST = """
const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length === 3 ? [...m, 1] : m; };
const light = ([r, g, b]) => { const f = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
const over = (top, under) => top.slice(0, 3).map((v, i) => v * top[3] + under[i] * (1 - top[3])).concat(1);
const behind = e => { const layers = []; for (; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor)); return layers.reverse().reduce((u, l) => over(l, u), [255, 255, 255, 1]); };
const poor = new Set();
for (const e of document.querySelectorAll('body *')) {
  const own = [...e.childNodes].some(n => n.nodeType === 3 && n.nodeValue.trim());
  const box = e.getBoundingClientRect();
  if (!own || box.width < 2 || box.height < 2 || e.closest('.hidden, noscript, [hidden], option, .skip')) continue;
  const style = getComputedStyle(e), under = behind(e), ink = over(parse(style.color), under);
  const [a, b] = [light(ink), light(under)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05), size = parseFloat(style.fontSize);
  if (ratio < (size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5)) poor.add(e.tagName + '.' + e.className + ' "' + e.innerText.slice(0, 30) + '" ' + ratio.toFixed(2));
}
return [...poor];"""

UNNAMED = """
const name = e => e.getAttribute('aria-label') || (e.labels && [...e.labels].map(l => l.innerText || l.textContent).join(' ').trim()) || e.innerText || e.textContent || e.title;
const poor = [...document.querySelectorAll('a, button, input, select, textarea, meter, [role=img], [role=region]')].filter(e => !e.closest('[hidden], .empty') && e.getClientRects().length)
  .filter(e => !(name(e) || '').trim() && !(e.getAttribute('aria-labelledby') && document.getElementById(e.getAttribute('aria-labelledby')))).map(e => e.outerHTML.slice(0, 120));
for (const t of document.querySelectorAll('table')) {
  if (!t.caption) poor.push('no caption: ' + t.id);
  if ([...t.querySelectorAll('th')].some(th => !th.scope)) poor.push('th without scope: ' + t.id);
}
return poor;"""


def open_dashboard(world, **how):
    # Without motion: what a click scrolls to is there at once.
    browser = Browser(**{"reduced_motion": True, **how})
    browser.cdp("Page.addScriptToEvaluateOnNewDocument", {"source": VIOLATIONS})
    browser.open(f"http://{world.admin}/")
    browser.until("the first numbers", "return document.querySelectorAll('#worker-table tbody tr').length > 1;")
    return browser


def shot(browser, name, full=False):
    browser.screenshot(os.path.join(SHOTS, name + ".png"), full)


class Dashboard(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(BINARY).__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.world.__exit__()

    def calm(self, browser):
        """No error, nothing that the policy had to stop, no request to elsewhere."""
        self.assertEqual(browser.run("return window.violations;"), [])
        self.assertEqual([line for line in browser.log("browser") if line["level"] == "SEVERE"], [])
        for line in browser.log("performance"):
            message = json.loads(line["message"])["message"]
            asked = message["params"]
            # The browser's own first page is of no interest.
            if message["method"] == "Network.requestWillBeSent" and not asked["documentURL"].startswith("chrome:"):
                self.assertTrue(asked["request"]["url"].startswith(f"http://{self.world.admin}/"), asked)

    def test_values_move_under_load(self):
        for path, connections in (("/", 8), ("/api/v1/x", 4), ("/slow", 12), ("/login", 1)):
            self.world.load(path, 45, connections)
        with open_dashboard(self.world) as browser:
            first = browser.until("a rate", LEGEND + "return legend('Requests', 0);")
            browser.until("another rate", LEGEND + "return legend('Requests', 0) !== arguments[0];", first)
            for chart, line in (("Latency", 0), ("Latency", 2), ("Connections", 0), ("Connections", 1), ("Throughput", 1), ("Under way", 0)):
                browser.until(chart, LEGEND + "return legend(arguments[0], arguments[1]);", chart, line)
            browser.until("lines of half a minute", "return document.querySelector('.chart path.line').getAttribute('d').split('L').length > 12;")
            self.assertIn("Requests. per second: now", browser.run("return document.querySelector('.chart svg').getAttribute('aria-label');"))
            browser.until("CPU of a worker", "return [...document.querySelectorAll('#worker-table tbody tr')].some(r => parseFloat(r.cells[4].innerText) > 0);")
            browser.run(ROW + "row.querySelector('button').click();", "web")
            cells = browser.until("numbers of hosts", "const rows = [...document.querySelectorAll('.detail tbody tr')].map(r => [...r.cells].map(c => c.innerText)); return rows.length === 3 && rows.every(r => parseFloat(r[2]) > 0 && r[5].includes('s')) && rows;")
            self.assertEqual({row[1] for row in cells}, {"healthy"})
            self.assertEqual({row[4] for row in cells}, {"100 %"})
            browser.run("document.getElementById('clusters').scrollIntoView();")
            shot(browser, "hosts")
            browser.run(ROW + "row.querySelector('button').click(); window.scrollTo(0, 0);", "web")
            browser.run("document.getElementById('scope').value = 'total'; document.getElementById('scope').dispatchEvent(new Event('change', {bubbles: true}));")
            shot(browser, "load-light")
            shot(browser, "load-light-full", full=True)
            browser.media(True, reduced_motion=True)
            shot(browser, "load-dark")
            shot(browser, "load-dark-full", full=True)
            self.calm(browser)

    def test_a_dead_host_turns_red_and_back(self):
        with open_dashboard(self.world) as browser:
            self.world.backends.kill("web-2")
            browser.until("a warning", ROW + "return row && row.className === 'warn' && row.cells[1].innerText === '2/3';", "web")
            browser.until("a red dot in the map", "return document.querySelectorAll('.dot.bad').length > 0;")
            browser.until("the line on top", "return document.getElementById('attention').innerText.includes('web (2 of 3)');")
            browser.run(ROW + "row.querySelector('button').click();", "web")
            browser.until("the host's state", "return [...document.querySelectorAll('.detail td')].some(c => c.innerText === 'failed check');")
            self.world.backends.kill("auth-1")
            browser.until("nobody is left", ROW + "return row && row.className === 'bad';", "auth")
            browser.run("window.scrollTo(0, 0);")
            shot(browser, "dead-host")
            shot(browser, "dead-host-full", full=True)
            self.world.backends.revive("web-2")
            self.world.backends.revive("auth-1")
            browser.until("all is well", ROW + "return row && row.className === '' && !document.querySelector('.dot.bad');", "auth")
            self.calm(browser)

    def test_a_rejected_reload_is_told_with_its_place(self):
        with open_dashboard(self.world) as browser:
            self.world.write(broken=True)
            self.world.reload()
            text = browser.until("the text", "const e = document.querySelector('.rejected.bad pre'); return e && e.innerText;")
            self.assertRegex(text, r"envoy\.yaml:\d+:\d+: error\[E0102\]")
            self.assertIn("connect_timeout", text)
            browser.until("the line on top", "return document.getElementById('attention').innerText.includes('The last reload was rejected');")
            shot(browser, "rejected-reload-full", full=True)
            # A request that takes its time keeps the old generation.
            slow = threading.Thread(target=self.hang)
            slow.start()
            before = int(browser.text("#about div:nth-child(3) dd"))
            self.world.write()
            self.world.reload()
            browser.until("the next generation", "return Number(document.querySelector('#about div:nth-child(3) dd').innerText) === arguments[0];", before + 1)
            browser.until("the old one drains", "return document.getElementById('draining').innerText.includes('drains for');")
            self.assertIsNone(browser.run("return document.querySelector('.rejected.bad');"))
            shot(browser, "during-reload-full", full=True)
            slow.join()
            browser.until("it is gone", "return document.getElementById('draining').innerText === '';")
            self.calm(browser)

    def hang(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.world.http, timeout=30)
        connection.request("GET", "/hang", headers={"host": "www.example.com"})
        connection.getresponse().read()
        connection.close()

    def test_the_route_tester_answers(self):
        with open_dashboard(self.world) as browser:
            def ask(path, host="www.example.com", headers=""):
                browser.type("#tester-form [name=host]", host)
                browser.type("#tester-form [name=path]", path)
                browser.type("#tester-form [name=headers]", headers)
                browser.run("document.getElementById('tester-answer').replaceChildren();")
                browser.click("#tester-form button")
                return browser.until("an answer", "return document.getElementById('tester-answer').innerText;")
            answer = ask("/api/v1/users?id=1")
            for words in ("is forwarded", "api 90.0 %", "canary 10.0 %", "GET /v1/users?id=1", "timeout 2.00 s", "envoy.yaml:"):
                self.assertIn(words, answer.replace("\n", " "))
            self.assertIn("matches no virtual host", ask("/", host="nobody.test"))
            self.assertIn("is redirected", ask("/old/thing"))
            self.assertIn("canary", ask("/beta", headers="x-beta: 1"))
            self.assertIn("begin with /", ask("no-slash"))
            ask("/api/v1/users?id=1")
            browser.run("document.getElementById('tester').scrollIntoView();")
            shot(browser, "route-tester")
            # Refusing that last but one question is an answer of status 400, which the browser logs.
            self.assertEqual(browser.run("return window.violations;"), [])

    def test_names_of_the_configuration_stay_text(self):
        with open_dashboard(self.world) as browser:
            self.assertTrue(browser.run(ROW + "return row !== undefined;", EVIL))
            browser.run("document.getElementById('scope').value = 'cluster:' + arguments[0]; document.getElementById('scope').dispatchEvent(new Event('change', {bubbles: true}));", EVIL)
            self.assertEqual(browser.run("return document.querySelectorAll('img[onerror], img[src=x]').length;"), 0)
            self.assertEqual(browser.run("return document.title;"), "Convoy")
            self.calm(browser)

    def test_it_rests_while_nobody_looks(self):
        asked = "return performance.getEntriesByType('resource').filter(e => e.name.includes('dashboard/data')).length;"
        with open_dashboard(self.world) as browser:
            hide = "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true}); document.dispatchEvent(new Event('visibilitychange'));"
            browser.run(hide, True)
            browser.until("the last answer to come", "const n = performance.getEntriesByType('resource').length; return new Promise(r => setTimeout(() => r(performance.getEntriesByType('resource').length === n), 500));")
            before = browser.run(asked)
            browser.run("return new Promise(r => setTimeout(r, 2500));")
            self.assertEqual(browser.run(asked), before)
            browser.run(hide, False)
            browser.until("it goes on", asked.replace("return ", "return arguments[0] < "), before)
            browser.click("#pause")
            self.assertEqual(browser.text("#state"), "paused")

    def test_everybody_can_read_and_use_it(self):
        with open_dashboard(self.world) as browser:
            browser.run("document.querySelector('#cluster-table tbody button').click(); document.getElementById('failures-all').click();")
            browser.until("the detail", "return document.querySelector('.detail');")
            for dark in (False, True):
                browser.media(dark, reduced_motion=True)
                self.assertEqual(browser.run(CONTRAST), [], f"dark: {dark}")
            self.assertEqual(browser.run(UNNAMED), [])
            self.assertEqual(browser.run("return getComputedStyle(document.documentElement).scrollBehavior;"), "auto")
            for landmark in ("header", "nav[aria-label]", "main", "footer"):
                self.assertTrue(browser.run("return document.querySelector(arguments[0]) !== null;", landmark), landmark)
            levels = browser.run("return [...document.querySelectorAll('h1, h2, h3')].map(e => Number(e.tagName[1]));")
            self.assertTrue(all(b <= a + 1 for a, b in zip(levels, levels[1:])), levels)
            # The first key leads to the skip link, and where the keyboard is can be seen.
            browser.run("document.activeElement.blur();")
            for key in ("keyDown", "keyUp"):
                browser.cdp("Input.dispatchKeyEvent", {"type": key, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})
            self.assertIn("Skip", browser.run("return document.activeElement.innerText;"))
            self.assertNotEqual(browser.run("return getComputedStyle(document.activeElement).outlineStyle;"), "none")

    def test_a_phone_shows_it_without_scrolling_sideways(self):
        for dark in (False, True):
            with open_dashboard(self.world, width=390, height=844, dark=dark) as browser:
                self.assertLessEqual(browser.run("return document.documentElement.scrollWidth;"), 390)
                shot(browser, "phone-dark" if dark else "phone-light")
                shot(browser, "phone-dark-full" if dark else "phone-light-full", full=True)

    def test_buttons_that_change_state_are_not_there(self):
        with open_dashboard(self.world) as browser:
            self.assertEqual(browser.run("return document.getElementById('actions').childElementCount;"), 0)
            self.assertEqual(browser.run("return document.querySelectorAll('form[method=post]').length;"), 0)


class Actions(unittest.TestCase):
    def test_asked_for_they_reload_after_a_question(self):
        with World(BINARY, arguments=["--dashboard-actions"]) as world, open_dashboard(world) as browser:
            self.assertEqual(browser.text("#about div:nth-child(3) dd"), "1")
            browser.run("document.querySelector('#actions button').click();")
            self.assertEqual(browser.text("#confirm-text"), "Read the configuration again?")
            browser.click("#confirm button[value=no]")
            self.assertEqual(browser.text("#actions .said"), "")
            browser.run("document.querySelector('#actions button').click();")
            browser.click("#confirm button[value=yes]")
            browser.until("generation 2", "return document.querySelector('#about div:nth-child(3) dd').innerText === '2';")
            browser.until("its answer", "return document.querySelector('#actions .said').innerText === 'Reload: OK';")


class ThousandClusters(unittest.TestCase):
    def test_they_stay_small_and_are_found(self):
        with World(BINARY, many=1000) as world:
            self.assertLess(len(world.get("/dashboard/data")[2]), 20000)
            with open_dashboard(world) as browser:
                browser.until("rows", "return document.querySelectorAll('#cluster-table tbody tr').length >= 50;")
                self.assertLess(browser.run("return document.getElementsByTagName('*').length;"), 3000)
                browser.type("#cluster-filter", "service-0777")
                browser.until("the one", "return [...document.querySelectorAll('#cluster-table tbody button')].map(b => b.innerText).join() === 'service-0777';")
                self.assertIn("1 of 1,005 clusters", browser.text("#cluster-count"))
                browser.type("#cluster-filter", "service-")
                browser.run("document.querySelector('#cluster-table thead button').click();")
                browser.until("in order", "return document.querySelector('#cluster-table tbody button').innerText === 'service-0000';")
                browser.run("document.getElementById('clusters').scrollIntoView();")
                shot(browser, "thousand-clusters")


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv[1])
    if len(sys.argv) > 2:
        SHOTS = sys.argv[2]
    unittest.main(argv=[sys.argv[0]] + sys.argv[3:], verbosity=2)
