// One profile on the page: tools, graph and table. The stand-alone file uses it as well.
import { FlameGraph } from './flame.js';
import { amount, percent } from './model.js';

const TABLE_ROWS = 200;

export function element(tag, parent, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  parent?.append(made);
  return made;
}

export class View {
  /** @param links where downloads lead to; empty in a stand-alone file. */
  constructor(host, changed = () => {}) {
    this.changed = changed;
    this.order = 'self';
    const tools = element('div', host, undefined, 'tools');
    this.search = element('input', element('label', tools, 'Search '));
    this.search.type = 'search';
    this.search.id = 'search';
    this.search.placeholder = 'function or assembly  ( / )';
    this.share = element('span', tools, '', 'share');
    this.share.id = 'share';
    this.direction = this.button(tools, 'flame', 'Root at the bottom or at the top (i)', () => this.turn());
    this.direction.id = 'direction';
    this.reset = this.button(tools, 'reset zoom', 'Esc', () => this.graph.zoomTo(0));
    this.button(tools, 'copy folded', 'One line per stack, for other tools', () => this.copy());
    this.sandwiched = this.button(tools, 'sandwich', 'Callers and callees of the zoomed function (s)', () => this.sandwich(this.focus ? '' : this.zoomed));
    this.sandwiched.id = 'sandwich';
    this.links = element('span', tools);
    this.focus = '';
    this.above = element('div', host);
    this.above.hidden = true;
    this.above.id = 'callers';
    this.callers = new FlameGraph(this.above, () => {});
    this.callers.icicle = false;
    this.graph = new FlameGraph(host, node => {
      this.reset.disabled = node === 0;
      this.sandwiched.disabled = !this.focus && node === 0;
      this.changed();
    });
    element('h2', host, 'Functions');
    const scroll = element('div', host, undefined, 'scroll');
    this.table = element('table', scroll);
    this.table.id = 'functions';
    this.search.addEventListener('input', () => this.mark());
    document.addEventListener('keydown', event => this.key(event));
  }

  button(parent, text, title, action) {
    const made = element('button', parent, text);
    made.type = 'button';
    made.title = title;
    made.addEventListener('click', action);
    return made;
  }

  show(model, zoom, focus = '') {
    this.model = model;
    this.sandwich(focus, zoom);
  }

  /** Shows who calls a function, and below what it calls; the whole again without a name. */
  sandwich(name, zoom) {
    this.focus = name && this.model.find(name) > 0 ? name : '';
    this.above.hidden = !this.focus;
    this.sandwiched.textContent = this.focus ? 'whole graph' : 'sandwich';
    const parts = this.focus ? this.model.sandwich(this.focus) : null;
    if (parts) this.callers.show(parts.callers);
    this.graph.show(parts ? parts.callees : this.model);
    const node = zoom ? this.graph.model.find(zoom) : -1;
    if (node > 0) this.graph.zoomTo(node);
    this.reset.disabled = this.graph.zoom === 0;
    this.sandwiched.disabled = !this.focus && this.graph.zoom === 0;
    this.mark();
  }

  get zoomed() { return this.graph.zoom ? this.graph.model.name(this.graph.zoom) : ''; }

  draw() {
    if (!this.model) return;
    this.graph.draw();
    if (this.focus) this.callers.draw();
  }

  mark() {
    if (!this.model) return;
    const marks = this.graph.mark(this.search.value.trim());
    if (this.focus) this.callers.mark(this.search.value.trim());
    this.share.textContent = marks.any ? 'matched ' + percent(marks.share) : '';
    this.fill(marks);
    this.changed();
  }

  turn() {
    this.graph.icicle = !this.graph.icicle;
    this.direction.textContent = this.graph.icicle ? 'flame' : 'icicle';
    this.graph.draw();
    this.graph.box.scrollTop = this.graph.icicle ? 0 : this.graph.box.scrollHeight;
    this.changed();
  }

  async copy() {
    const text = this.model.folded();
    try {
      await navigator.clipboard.writeText(text);
      this.share.textContent = 'copied';
    } catch {
      this.share.textContent = 'the browser refuses to copy here: download folded instead';
    }
  }

  fill(marks) {
    const m = this.model;
    this.table.replaceChildren();
    const head = element('tr', element('thead', this.table));
    for (const [key, text] of [['self', 'Self'], ['self', '%'], ['total', 'Total'], ['total', '%'], ...(m.base ? [['change', 'Change']] : []), ['name', 'Function'], ['module', 'Assembly']]) {
      const cell = element('th', head, undefined, key === 'name' || key === 'module' ? '' : 'n');
      this.button(cell, text + (this.order === key && text !== '%' ? ' ▾' : ''), 'Sort', () => {
        this.order = key;
        this.fill(this.graph.marks);
      });
    }
    const rows = m.table().filter(row => !marks.any || marks.hits[row.fn]);
    const change = row => row.total - row.base;
    rows.sort((a, b) => this.order === 'name' || this.order === 'module' ? a[this.order].localeCompare(b[this.order])
      : this.order === 'change' ? Math.abs(change(b)) - Math.abs(change(a)) : b[this.order] - a[this.order] || b.total - a.total);
    const all = m.total[0] || 1;
    const body = element('tbody', this.table);
    for (const row of rows.slice(0, TABLE_ROWS)) {
      const line = element('tr', body);
      element('td', line, amount(row.self, m.unit), 'n');
      element('td', line, percent(row.self / all), 'n');
      element('td', line, amount(row.total, m.unit), 'n');
      element('td', line, percent(row.total / all), 'n');
      if (m.base) element('td', line, (change(row) > 0 ? '+' : '') + percent(change(row) / all), 'n ' + (change(row) > 0 ? 'red' : 'blue'));
      const link = this.button(element('td', line), row.name, 'Zoom to its heaviest place', () => {
        if (this.focus) this.sandwich('');
        const node = m.find(row.name);
        if (node > 0) this.graph.zoomTo(node);
        this.graph.box.scrollIntoView({ block: 'nearest' });
      });
      link.className = 'link';
      const both = this.button(link.parentNode, '⇅', 'Its callers and callees', () => this.sandwich(row.name));
      both.className = 'link both';
      element('td', line, row.module);
    }
    if (rows.length > TABLE_ROWS) element('td', element('tr', body), `${rows.length - TABLE_ROWS} more: search for them`, 'more').colSpan = 7;
  }

  key(event) {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (event.key === 'Escape' && this.model) {
      this.search.blur();
      if (this.focus) this.sandwich('');
      this.graph.zoomTo(0);
    } else if (event.key === '/' && !typing) {
      event.preventDefault();
      this.search.focus();
      this.search.select();
    } else if (event.key === 's' && !typing && !event.ctrlKey && !event.metaKey && (this.focus || this.zoomed)) {
      this.sandwich(this.focus ? '' : this.zoomed);
    } else if (event.key === 'i' && !typing && !event.ctrlKey && !event.metaKey) {
      this.turn();
    }
  }
}
