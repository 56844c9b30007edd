// table: rows by key, whose cells change in place. A cell that shows what it showed is not touched,
// so focus, selection and a screen reader's place stay where they are.

class Table {
  // columns: [{label, about, class, text(row) or fill(cell, row), head: true}]
  constructor(element, columns, empty) {
    this.columns = columns;
    this.body = element.tBodies[0];
    this.rows = new Map();
    this.empty = h("tr", {class: "empty"}, h("td", {colspan: columns.length}, empty || "nothing"));
    this.heads = columns.map((column) => h("th", {scope: "col", class: column.class, title: column.about}, column.label));
    element.tHead.replaceChildren(h("tr", null, ...this.heads));
  }

  // items: [[key, row]...] in the order to be shown. after(tr, row): rows that follow a row.
  update(items, decorate) {
    const wanted = new Set(items.map(([key]) => key));
    for (const [key, row] of this.rows) {
      if (!wanted.has(key)) {
        row.remove();
        this.rows.delete(key);
      }
    }
    let place = this.body.firstElementChild;
    for (const [key, data] of items) {
      let row = this.rows.get(key);
      if (!row) {
        row = h("tr", null, ...this.columns.map((c) => h(c.head ? "th" : "td", {class: c.class, scope: c.head ? "row" : null})));
        this.rows.set(key, row);
      }
      this.columns.forEach((column, i) => {
        if (column.fill) column.fill(row.cells[i], data);
        else setText(row.cells[i], column.text(data));
        if (column.hint) setAttribute(row.cells[i], "title", column.hint(data));
        const tone = (column.tone && column.tone(data)) || (column.class === "num" && /^[0–]( |$)/.test(row.cells[i].textContent) ? "zero" : "");
        if (column.class || column.tone) setAttribute(row.cells[i], "class", ((column.class || "") + " " + tone).trim());
      });
      if (decorate) decorate(row, data);
      while (place && place.dataset.extra) place = place.nextElementSibling;
      if (row !== place) this.body.insertBefore(row, place);
      else place = place.nextElementSibling;
    }
    if (items.length === 0) this.body.append(this.empty);
    else this.empty.remove();
  }
}

// The order of a table, by its column heads. It is worked out anew when the reader asks for it, and
// otherwise seldom and never under the pointer: rows that jump cannot be read.
class Order {
  constructor(table, columns, key, down, changed) {
    this.columns = columns;
    this.key = key;
    this.down = down;
    this.due = 0;
    this.keys = [];
    this.heads = table.heads;
    this.body = table.body;
    columns.forEach((column, i) => {
      if (!column.sort) return;
      const button = h("button", {type: "button", onclick: () => {
        this.down = this.key === column.key ? !this.down : column.key !== "name";
        this.key = column.key;
        this.due = 0;
        this.show();
        changed();
      }}, column.label);
      this.heads[i].replaceChildren(button);
    });
    this.show();
  }
  show() {
    this.columns.forEach((column, i) => {
      set(this.heads[i], {"aria-sort": column.sort && column.key === this.key ? (this.down ? "descending" : "ascending") : null});
    });
  }
  again() {
    this.due = 0;
  }
  // rows: [[key, row]...]
  of(rows) {
    const busy = this.body.matches(":hover") || this.body.contains(document.activeElement);
    if (this.due === 0 || (Date.now() > this.due && !busy)) {
      const column = this.columns.find((c) => c.key === this.key);
      const value = new Map(rows.map(([key, row]) => [key, column.sort(row)]));
      const sign = this.down ? -1 : 1;
      this.keys = rows.map(([key]) => key).sort((a, b) => {
        const x = value.get(a), y = value.get(b);
        if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return a < b ? -1 : a > b ? 1 : 0;
        if (Number.isNaN(x)) return 1;
        if (Number.isNaN(y)) return -1;
        return (x < y ? -1 : 1) * sign;
      });
      this.due = Date.now() + 5000;
    }
    const byKey = new Map(rows);
    const known = this.keys.filter((key) => byKey.has(key));
    const fresh = known.length === byKey.size ? [] : rows.map(([key]) => key).filter((key) => !this.keys.includes(key));
    return known.concat(fresh).map((key) => [key, byKey.get(key)]);
  }
}
