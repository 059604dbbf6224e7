// Routes and their costs, the slowest requests, and the time line.
import { amount, percent } from './model.js';
import { element } from './view.js';

const ns = value => amount(value, 'nanoseconds');

function table(host, heads, rows, empty) {
  host.replaceChildren();
  const head = element('tr', element('thead', host));
  heads.forEach((text, i) => element('th', head, text, i > 0 && text !== 'Trace' ? 'n' : ''));
  const body = element('tbody', host);
  for (const cells of rows) {
    const line = element('tr', body);
    cells.forEach((cell, i) => {
      const td = element('td', line, typeof cell === 'string' ? cell : undefined, i > 0 && typeof cell === 'string' ? 'n' : '');
      if (typeof cell !== 'string') {
        const link = element('button', td, cell.text, 'link');
        link.type = 'button';
        link.title = cell.title;
        link.addEventListener('click', cell.action);
        if (cell.href) {
          const out = element('a', td, ' ↗');
          out.href = cell.href;
          out.target = '_blank';
          out.rel = 'noopener noreferrer';
          out.title = 'The trace in your tracing system';
        }
      }
    });
  }
  if (rows.length === 0) element('td', element('tr', body), empty, 'more').colSpan = heads.length;
}

export function showRoutes(host, routes, pick) {
  table(host, ['Route', 'Requests', 'running', 'failed', 'p50', 'p95', 'p99', 'p99.9', 'CPU / request', 'allocated / request', 'lock wait / request', 'GC pauses'], routes.map(r => [
    { text: r.route || '(no route)', title: 'Show only this route', action: () => pick(r.route) },
    amount(r.count), amount(r.running), amount(r.failed), ns(r.p50), ns(r.p95), ns(r.p99), ns(r.p999),
    r.cpuPerRequestError === null ? 'no sample' : `${ns(r.cpuPerRequest)} ± ${ns(r.cpuPerRequestError)}`, amount(r.allocatedPerRequest, 'bytes'), ns(r.lock / r.count), percent(r.gcShare),
  ]), 'No request was seen yet.');
}

/** @param traceLink address of a trace in a tracing system, null for none. */
export function showSlowest(host, slowest, pick, traceLink) {
  table(host, ['Route', 'Trace', 'Status', 'Started', 'Took', 'on a thread', 'CPU', 'allocated', 'lock wait', 'GC pauses'], slowest.map(r => [
    { text: r.route || '(no route)', title: 'Show what this request did', action: () => pick(r) },
    { text: r.trace.slice(0, 12) + '…', title: r.trace, action: () => pick(r), href: /^https?:/.test(traceLink ?? '') ? traceLink.replaceAll('{trace_id}', r.trace) : null },
    r.running ? 'running' : String(r.status || '–'),
    new Date(r.start).toLocaleTimeString(), ns(r.duration), ns(r.thread), `${ns(r.cpu)} (${r.samples})`, amount(r.allocated, 'bytes'), ns(r.lock), percent(r.gcShare),
  ]), 'No request was seen yet.');
}

export function suggest(list, values) {
  list.replaceChildren(...values.map(value => {
    const option = document.createElement('option');
    option.value = value;
    return option;
  }));
}

/** Sums over time; dragging selects an interval. */
export class TimeLine {
  constructor(canvas, selected) {
    this.canvas = canvas;
    this.points = [];
    canvas.addEventListener('pointerdown', e => {
      if (!this.points.length) return;
      this.down = e.offsetX;
      this.now = e.offsetX;
      canvas.setPointerCapture(e.pointerId);
    });
    canvas.addEventListener('pointermove', e => {
      if (this.down === undefined) return;
      this.now = e.offsetX;
      this.draw();
    });
    canvas.addEventListener('pointerup', e => {
      if (this.down === undefined) return;
      const [a, b] = [Math.min(this.down, e.offsetX), Math.max(this.down, e.offsetX)];
      this.down = undefined;
      this.draw();
      if (b - a > 3) selected(this.timeAt(a), this.timeAt(b));
    });
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  timeAt(x) { return new Date(this.start + (this.end - this.start) * Math.max(0, Math.min(1, x / this.canvas.clientWidth))); }

  show(points) {
    this.points = points;
    this.draw();
  }

  draw() {
    const width = this.canvas.clientWidth;
    const height = 48;
    this.canvas.width = width * window.devicePixelRatio;
    this.canvas.height = height * window.devicePixelRatio;
    const g = this.canvas.getContext('2d');
    g.scale(window.devicePixelRatio, window.devicePixelRatio);
    const style = getComputedStyle(document.documentElement);
    if (!this.points.length) return;
    const last = this.points[this.points.length - 1];
    this.end = last[0] + last[1];
    this.start = Math.max(this.points[0][0], this.end - 3600e3);
    const scale = width / Math.max(1, this.end - this.start);
    const shown = this.points.filter(p => p[0] + p[1] > this.start);
    const most = Math.max(...shown.map(p => p[3] / Math.max(1, p[1])), 1e-9);
    for (const [start, duration, exact, value] of shown) {
      const h = (value / Math.max(1, duration) / most) * (height - 16);
      g.globalAlpha = exact ? 0.9 : 0.4;
      g.fillStyle = style.getPropertyValue('--hot');
      g.fillRect((start - this.start) * scale, height - h, Math.max(1, duration * scale - 1), h);
    }
    g.globalAlpha = 1;
    g.fillStyle = style.getPropertyValue('--dim');
    g.font = '11px system-ui, sans-serif';
    g.fillText(new Date(this.start).toLocaleTimeString(), 2, 10);
    const text = new Date(this.end).toLocaleTimeString();
    g.fillText(text, width - g.measureText(text).width - 2, 10);
    if (this.down !== undefined) {
      g.globalAlpha = 0.25;
      g.fillRect(Math.min(this.down, this.now), 0, Math.abs(this.now - this.down), height);
      g.globalAlpha = 1;
    }
  }
}
