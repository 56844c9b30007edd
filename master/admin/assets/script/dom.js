// dom: elements and texts. Names from the configuration reach the page as text nodes and attribute
// values only, never as markup: the page's policy (trusted types) refuses anything else.

const byId = (id) => document.getElementById(id);

// h("td", {class: "num"}, "text", child...)
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else setAttribute(element, name, value === true ? "" : String(value));
  }
}

// A write that changes nothing still costs a style pass, and makes screen readers repeat themselves.
function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// --- numbers; all of a width that does not jump (tabular digits) ---

const whole = new Intl.NumberFormat("en-US");

function short(n) {
  if (!Number.isFinite(n)) return "–";
  const a = Math.abs(n);
  if (a === 0) return "0";
  if (a < 0.05) return "<0.1";
  if (a < 10) return n.toFixed(1);
  if (a < 10000) return whole.format(Math.round(n));
  if (a < 1e6) return (n / 1e3).toFixed(a < 1e5 ? 1 : 0) + "k";
  if (a < 1e9) return (n / 1e6).toFixed(a < 1e8 ? 1 : 0) + "M";
  return (n / 1e9).toFixed(1) + "G";
}

// Of things that are counted, not measured.
const count = (n) => (Number.isFinite(n) && Math.abs(n) < 10000 ? whole.format(n) : short(n));

function bytes(n) {
  if (!Number.isFinite(n)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024;
    ++i;
  }
  return (i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)) + " " + units[i];
}

function milliseconds(ms) {
  if (ms === null || !Number.isFinite(ms)) return "–";
  if (ms < 1) return ms.toFixed(2) + " ms";
  if (ms < 10) return ms.toFixed(1) + " ms";
  if (ms < 1000) return Math.round(ms) + " ms";
  if (ms < 60000) return (ms / 1000).toFixed(ms < 10000 ? 2 : 1) + " s";
  return duration(ms / 1000);
}

function duration(s) {
  s = Math.max(0, Math.floor(s));
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " min " + (s % 60) + " s";
  if (s < 86400) return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
  return Math.floor(s / 86400) + " d " + Math.floor((s % 86400) / 3600) + " h";
}

function percent(part, all) {
  if (!(all > 0)) return "–";
  const p = (100 * part) / all;
  if (p === 0) return "0 %";
  return (p < 0.1 ? "<0.1" : p < 10 ? p.toFixed(1) : Math.round(p)) + " %";
}

const clock = (unix) => new Date(unix * 1000).toLocaleString([], {dateStyle: "short", timeStyle: "medium"});

// "envoy.yaml:12", with the whole path for who asks.
function place(at) {
  return at ? h("span", {class: "at", title: at}, at.slice(at.lastIndexOf("/") + 1)) : "";
}

const plural = (n, one, many) => whole.format(n) + " " + (n === 1 ? one : many || one + "s");
