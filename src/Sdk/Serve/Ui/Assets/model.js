// What a profile says: the tree as the server sends it, in arrays by node, callers first (pre-order).

export class Model {
  constructor(json) {
    Object.assign(this, json);
    const count = this.depth.length;
    this.parent = new Int32Array(count);
    this.after = new Int32Array(count); // first node that is not below this one
    this.left = new Float64Array(count); // where its box begins, in values
    this.deepest = 0;
    const path = [];
    for (let i = 0; i < count; i++) {
      const depth = this.depth[i];
      while (path.length > depth) this.after[path.pop().node] = i;
      const above = path[depth - 1];
      this.parent[i] = above ? above.node : -1;
      this.left[i] = above ? above.next : 0;
      if (above) above.next += this.total[i];
      path.push({ node: i, next: this.left[i] });
      this.deepest = Math.max(this.deepest, depth);
    }
    while (path.length) this.after[path.pop().node] = count;
    if (this.base) {
      // As much as if both had the same sum: shares are compared, not amounts.
      const scale = this.base[0] ? this.total[0] / this.base[0] : 0;
      this.comparable = this.base[0] > 0;
      this.base = this.base.map(value => value * scale);
    }
  }

  name(node) { return node === 0 ? 'all' : this.functions[this.fn[node]][0]; }

  module(node) { return node === 0 ? '' : this.functions[this.fn[node]][1]; }

  place(node) {
    const f = this.functions[this.fn[node]];
    return node === 0 || !f[2] ? '' : f[2] + (f[3] ? ':' + f[3] : '');
  }

  path(node) {
    const nodes = [];
    for (; node > 0; node = this.parent[node]) nodes.push(node);
    return nodes.reverse();
  }

  /** The heaviest node of a function; -1 when there is none. */
  find(name) {
    let best = -1;
    for (let i = 1; i < this.depth.length; i++) {
      if (this.name(i) === name && (best < 0 || this.total[i] > this.total[best])) best = i;
    }
    return best;
  }

  /** Marks the functions that match; the share counts nothing twice. */
  search(text) {
    const hits = new Uint8Array(this.functions.length);
    if (!text) return { hits, share: 0, any: false };
    const wanted = text.toLowerCase();
    this.functions.forEach((f, i) => { hits[i] = f[0].toLowerCase().includes(wanted) || f[1].toLowerCase() === wanted ? 1 : 0; });
    let sum = 0;
    for (let i = 1; i < this.depth.length;) {
      if (hits[this.fn[i]]) {
        sum += this.total[i];
        i = this.after[i];
      } else {
        i++;
      }
    }
    return { hits, share: this.total[0] ? sum / this.total[0] : 0, any: true };
  }

  /** Self and total of each function; recursion counts once. */
  table() {
    const rows = this.functions.map((f, fn) => ({ fn, name: f[0], module: f[1], self: 0, total: 0, base: 0 }));
    const open = new Int32Array(this.functions.length).fill(-1); // node of the outermost open call
    for (let i = 1; i < this.depth.length; i++) {
      const row = rows[this.fn[i]];
      row.self += this.self[i];
      if (open[this.fn[i]] < 0 || this.after[open[this.fn[i]]] <= i) {
        open[this.fn[i]] = i;
        row.total += this.total[i];
        if (this.base) row.base += this.base[i];
      }
    }
    return rows.filter(row => row.total > 0 || row.base > 0);
  }

  /** Callers and callees of a function, wherever it was called; recursion counts once. */
  sandwich(name) {
    const above = branch(0);
    const below = branch(0);
    for (let i = 1; i < this.depth.length;) {
      if (this.name(i) !== name) {
        i++;
        continue;
      }
      let at = add(above, this, i, i);
      above.total += this.total[i];
      for (let caller = this.parent[i]; caller > 0; caller = this.parent[caller]) at = add(at, this, caller, i);
      at.self += this.total[i];
      below.total += this.total[i];
      const path = [below];
      for (let j = i; j < this.after[i]; j++) {
        path.length = this.depth[j] - this.depth[i] + 1;
        const callee = add(path[path.length - 1], this, j, j);
        callee.self += this.self[j];
        path.push(callee);
      }
      i = this.after[i];
    }
    return { callers: flatten(above, this), callees: flatten(below, this) };
  }

  folded() {
    const lines = [];
    const clean = text => text.replace(/[;\r\n]/g, ':');
    for (let i = 0; i < this.depth.length; i++) {
      if (this.self[i] > 0) lines.push((this.path(i).map(n => clean(this.name(n))).join(';') || '[unknown]') + ' ' + this.self[i]);
    }
    return lines.join('\n') + '\n';
  }
}

function branch(fn) { return { fn, self: 0, total: 0, base: 0, below: new Map() }; }

/** The child of a branch for the function of a node, with the values of another node more. */
function add(to, model, node, weight) {
  let child = to.below.get(model.fn[node]);
  if (!child) to.below.set(model.fn[node], child = branch(model.fn[node]));
  child.total += model.total[weight];
  if (model.base) child.base += model.base[weight];
  return child;
}

function flatten(root, model) {
  const out = { ...model, base: undefined, depth: [], fn: [], self: [], total: [] };
  const base = [];
  const open = [[root, 0]];
  while (open.length) {
    const [node, depth] = open.pop();
    out.depth.push(depth);
    out.fn.push(node.fn);
    out.self.push(node.self);
    out.total.push(node.total);
    base.push(node.base);
    for (const child of [...node.below.values()].sort((a, b) => a.total - b.total)) open.push([child, depth + 1]);
  }
  const made = new Model(out);
  if (model.base) made.base = base;
  return made;
}

export function amount(value, unit) {
  const abs = Math.abs(value);
  if (unit === 'nanoseconds') {
    return abs >= 1e9 ? (value / 1e9).toFixed(2) + ' s' : abs >= 1e6 ? (value / 1e6).toFixed(1) + ' ms' : (value / 1e3).toFixed(0) + ' µs';
  }
  if (unit === 'bytes') {
    return abs >= 2 ** 30 ? (value / 2 ** 30).toFixed(2) + ' GB' : abs >= 2 ** 20 ? (value / 2 ** 20).toFixed(1) + ' MB' : abs >= 1024 ? (value / 1024).toFixed(1) + ' kB' : Math.round(value) + ' B';
  }
  return Math.round(value).toLocaleString('en');
}

export function percent(share) { return (share * 100).toFixed(share < 0.1 ? 2 : 1) + ' %'; }
