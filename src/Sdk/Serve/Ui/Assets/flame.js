// The flame graph on a canvas: boxes, zoom, search marks, tool tip. Text goes to the canvas or to textContent, never to markup.
import { amount, percent } from './model.js';

const ROW = 19;
const LEAST = 0.4; // narrower boxes are not drawn, nor what is above them

export class FlameGraph {
  constructor(host, changed) {
    this.changed = changed;
    this.icicle = true;
    this.zoom = 0;
    this.box = host.appendChild(document.createElement('div'));
    this.box.className = 'graph';
    this.canvas = this.box.appendChild(document.createElement('canvas'));
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', 'Flame graph; the table below has the same numbers');
    this.tip = host.appendChild(document.createElement('div'));
    this.tip.className = 'tip';
    this.tip.hidden = true;
    this.rows = [];
    this.canvas.addEventListener('mousemove', e => this.hover(e));
    this.canvas.addEventListener('mouseleave', () => { this.tip.hidden = true; });
    this.canvas.addEventListener('click', e => {
      const node = this.at(e);
      if (node >= 0) this.zoomTo(node === this.zoom ? 0 : node);
    });
    new ResizeObserver(() => this.draw()).observe(this.box);
  }

  show(model) {
    this.model = model;
    this.colours = [];
    this.zoom = 0;
    this.marks = model.search('');
    this.draw();
    this.box.scrollTop = this.icicle ? 0 : this.box.scrollHeight;
  }

  mark(text) {
    this.marks = this.model.search(text);
    this.draw();
    return this.marks;
  }

  zoomTo(node) {
    this.zoom = node;
    this.tip.hidden = true;
    this.draw();
    this.reveal(node);
    this.changed(node);
  }

  /** Scrolls the graph, not the page, so that a box and its callers can be seen. */
  reveal(node) {
    const y = this.icicle ? this.model.depth[node] * ROW : this.canvas.clientHeight - (this.model.depth[node] + 1) * ROW;
    this.box.scrollTop = y - this.box.clientHeight / 3;
  }

  draw() {
    const m = this.model;
    if (!m) return;
    const width = this.box.clientWidth;
    let deepest = m.deepest;
    if (this.zoom) {
      deepest = 0;
      for (let i = this.zoom; i < m.after[this.zoom]; i++) deepest = Math.max(deepest, m.depth[i]);
    }
    const height = Math.min(16000, (deepest + 1) * ROW);
    const dpr = height * window.devicePixelRatio > 16000 ? 1 : window.devicePixelRatio;
    this.canvas.width = Math.round(width * dpr);
    this.canvas.height = Math.round(height * dpr);
    this.canvas.style.width = width + 'px';
    this.canvas.style.height = height + 'px';
    const g = this.canvas.getContext('2d');
    g.scale(dpr, dpr);
    g.font = '12px system-ui, sans-serif';
    g.textBaseline = 'middle';
    this.dark = document.documentElement.dataset.theme === 'dark';
    this.rows = [];
    const scale = m.total[this.zoom] ? width / m.total[this.zoom] : 0;
    for (const node of [0, ...m.path(this.zoom)]) {
      if (node !== this.zoom) this.drawBox(g, node, 0, width, height, true);
    }
    const painted = []; // the last pixel of each row that has a box: what is narrower than a pixel shares it
    for (let i = this.zoom; i < m.after[this.zoom];) {
      const w = m.total[i] * scale;
      const x = (m.left[i] - m.left[this.zoom]) * scale;
      const depth = m.depth[i];
      if (w < LEAST || (w < 1 && Math.floor(x) === painted[depth])) {
        i = m.after[i];
        continue;
      }
      painted[depth] = Math.floor(x + w - 0.01);
      this.drawBox(g, i, x, w, height, false);
      i++;
    }
  }

  drawBox(g, node, x, w, height, dim) {
    const depth = this.model.depth[node];
    const y = this.icicle ? depth * ROW : height - (depth + 1) * ROW;
    (this.rows[depth] ??= []).push({ x, w, node });
    g.globalAlpha = dim ? 0.45 : 1;
    g.fillStyle = this.colour(node);
    g.fillRect(x, y, Math.max(LEAST, w - 0.6), ROW - 1);
    if (w > 24) {
      g.fillStyle = this.dark && !this.isMarked(node) ? '#f2f2f2' : '#151515';
      g.fillText(this.cut(g, this.fit(this.model.name(node), w), w - 7), x + 4, y + ROW / 2);
    }
    g.globalAlpha = 1;
  }

  /** The method says more than its namespace when there is no room for both. */
  fit(name, width) {
    if (name.length * 6 < width) return name;
    const brackets = name.search(/[(<[]/);
    const end = brackets < 0 ? name.length : brackets;
    const dots = name.slice(0, end).split('.');
    return (dots.length > 2 ? dots.slice(-2).join('.') : name.slice(0, end)) + name.slice(end);
  }

  /** What fits: clipping every box would take longer than drawing all of them. */
  cut(g, text, width) {
    const full = g.measureText(text).width;
    return full <= width ? text : text.slice(0, Math.max(0, Math.floor(text.length * width / full) - 1)) + '…';
  }

  isMarked(node) { return node > 0 && this.marks.any && this.marks.hits[this.model.fn[node]] === 1; }

  colour(node) {
    const m = this.model;
    if (this.isMarked(node)) return '#e66bd6';
    if (m.base) {
      const delta = (m.total[node] - m.base[node]) / (m.total[0] || 1);
      const strength = Math.min(1, Math.sqrt(Math.abs(delta)) * 2);
      const light = this.dark ? 32 + strength * 12 : 90 - strength * 30;
      return `hsl(${delta > 0 ? 4 : 214} ${Math.abs(delta) < 0.002 ? 4 : 25 + strength * 55}% ${light}%)`;
    }
    const key = m.fn[node] * 2 + (this.dark ? 1 : 0);
    return node === 0 ? this.plain(node) : (this.colours[key] ??= this.plain(node));
  }

  /** By assembly; thought out once for each function. */
  plain(node) {
    const m = this.model;
    const name = m.name(node);
    if (node === 0 || name.startsWith('[')) return this.dark ? '#555b66' : '#c4c8d0';
    let hash = 7;
    for (const c of m.module(node)) hash = (hash * 31 + c.codePointAt(0)) % 3600;
    let shade = 0;
    for (const c of name) shade = (shade * 17 + c.codePointAt(0)) % 12;
    return this.dark ? `hsl(${hash % 360} 38% ${30 + shade}%)` : `hsl(${hash % 360} 62% ${70 + shade}%)`;
  }

  at(event) {
    const rect = this.canvas.getBoundingClientRect();
    const y = event.clientY - rect.top;
    const depth = Math.floor((this.icicle ? y : rect.height - y) / ROW);
    const x = event.clientX - rect.left;
    const hit = (this.rows[depth] ?? []).find(box => x >= box.x && x < box.x + box.w);
    return hit ? hit.node : -1;
  }

  hover(event) {
    const node = this.at(event);
    this.tip.hidden = node < 0;
    if (node < 0) return;
    const m = this.model;
    const all = m.total[0] || 1;
    const lines = [m.name(node)];
    if (m.module(node) || m.place(node)) lines.push([m.module(node), m.place(node)].filter(Boolean).join(' · '));
    lines.push(`total ${amount(m.total[node], m.unit)} (${percent(m.total[node] / all)})   self ${amount(m.self[node], m.unit)} (${percent(m.self[node] / all)})`);
    if (m.base) lines.push(`base ${amount(m.base[node], m.unit)} (${percent(m.base[node] / all)}), change ${percent((m.total[node] - m.base[node]) / all)}`);
    this.tip.textContent = lines.join('\n');
    this.tip.style.left = Math.max(4, Math.min(event.clientX + 14, window.innerWidth - this.tip.offsetWidth - 8)) + 'px';
    this.tip.style.top = (event.clientY + 18 + this.tip.offsetHeight > window.innerHeight ? event.clientY - this.tip.offsetHeight - 10 : event.clientY + 18) + 'px';
  }
}
