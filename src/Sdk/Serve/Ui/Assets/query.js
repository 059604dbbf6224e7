// What is asked for: read from the form, written to the address, so that every view is a link.

const FIELDS = ['kind', 'time', 'from', 'to', 'seconds', 'route', 'trace_id', 'label', 'min_duration', 'base', 'base_from', 'base_to'];

export class Query {
  constructor(form) {
    this.field = name => form.querySelector('#' + name);
  }

  /** From the address; a link from elsewhere may carry the parameters of the endpoint itself. */
  read(kinds) {
    const given = new URLSearchParams(location.search);
    for (const name of FIELDS) {
      const value = name === 'label' && given.has(name) ? given.getAll(name).join('; ') : given.get(name);
      if (value !== null) this.field(name).value = value;
    }
    if (!kinds.includes(given.get('kind'))) this.field('kind').value = 'profile'; // a list without a choice has made its first entry it
    if (!given.has('time')) {
      if (given.has('from')) this.field('time').value = 'range';
      else if (given.has('seconds')) this.field('time').value = 'live';
      else if (given.has('trace_id')) this.field('time').value = 'all';
    }
    if (!given.has('base') && given.has('base_from')) this.field('base').value = 'range';
    this.adapt();
    return given;
  }

  value(name) { return this.field(name).value.trim(); }

  set(name, value) { this.field(name).value = value; }

  adapt() {
    this.field('range').hidden = this.value('time') !== 'range';
    this.field('live').hidden = this.value('time') !== 'live';
    this.field('baseRange').hidden = this.value('base') !== 'range';
    this.field('base').disabled = this.value('time') === 'live';
  }

  get live() { return this.value('time') === 'live'; }

  /** Parameters for the endpoint. */
  parameters(extra = {}) {
    const out = new URLSearchParams();
    for (const name of ['route', 'trace_id', 'min_duration']) {
      if (this.value(name)) out.set(name, this.value(name));
    }
    for (const label of this.value('label').split(';')) {
      if (label.trim()) out.append('label', label.trim());
    }
    const time = this.value('time');
    if (this.value('kind') === 'threads') return withExtra(out, extra);
    if (time === 'live') out.set('seconds', this.value('seconds') || '10');
    else if (time === 'all') out.set('from', '0');
    else if (time === 'range') {
      out.set('from', this.value('from') || '0');
      if (this.value('to')) out.set('to', this.value('to'));
    } else out.set('from', '-' + time);
    return withExtra(out, extra);
  }

  /** Parameters for what is compared with; none when nothing is. */
  base() {
    const time = this.value('time');
    if (this.live || !this.value('base') || this.value('kind') === 'threads') return {};
    if (this.value('base') === 'range') return { base_from: this.value('base_from') || '0', base_to: this.value('base_to') };
    if (time === 'range') return { base_from: '0', base_to: this.value('from') || '-1s' };
    if (time === 'all') return {};
    const minutes = parseInt(time, 10);
    return { base_from: `-${2 * minutes}m`, base_to: `-${minutes}m` };
  }

  /** The address of this view. */
  address(extra) {
    const out = new URLSearchParams();
    for (const name of FIELDS) {
      const hidden = this.field(name).closest('[hidden]');
      if (this.value(name) && !hidden && !(name === 'seconds' && !this.live)) out.set(name, this.value(name));
    }
    return '?' + withExtra(out, extra);
  }
}

function withExtra(parameters, extra) {
  for (const [name, value] of Object.entries(extra)) {
    if (value) parameters.set(name, value);
  }
  return parameters;
}
