// The page: asks the endpoint, shows what it says, keeps the address up to date.
import { Model, amount } from './model.js';
import { Query } from './query.js';
import { TimeLine, showRoutes, showSlowest, suggest } from './requests.js';
import { View, element } from './view.js';

const REFRESH = 10000;
const get = id => document.getElementById(id);
const query = new Query(get('query'));
const view = new View(get('view'), () => remember());
const timeLine = new TimeLine(get('timeline'), (from, to) => {
  query.set('time', 'range');
  query.set('from', from.toISOString());
  query.set('to', to.toISOString());
  load();
});
let asked = 0;
let shown = false;
let refreshing;

async function fetchJson(url) {
  // Not the page's own address: it may carry a password, and such requests are refused by browsers.
  const response = await fetch(new URL(url, location.origin + location.pathname), { headers: { Accept: 'application/json' } });
  if (!response.ok) throw new Error((await response.text()).trim() || 'The profiler answered ' + response.status + '.');
  return response.json();
}

function say(text, bad = false) {
  get('status').textContent = text;
  get('status').className = bad ? 'bad' : '';
}

async function load() {
  query.adapt();
  const mine = ++asked;
  const given = new URLSearchParams(location.search);
  const zoom = shown ? view.zoomed : given.get('zoom');
  const focus = shown ? view.focus : given.get('focus');
  say(query.live && query.value('kind') !== 'threads' ? `Collecting for ${query.value('seconds')} seconds …` : 'Loading …');
  const [profile] = await Promise.allSettled([loadProfile(mine, zoom, focus), loadAround(mine)]);
  if (mine === asked && profile.status === 'rejected') say(profile.reason.message, true);
}

async function loadProfile(mine, zoom, focus) {
  const kind = encodeURIComponent(query.value('kind'));
  const now = await fetchJson(`${kind}?${query.parameters({ format: 'flame', ...query.base() })}`);
  if (mine !== asked) return;
  const current = new Model(now);
  shown = true;
  const comparable = !now.base || now.base[0] > 0;
  view.show(current, zoom, focus);
  get('program').textContent = now.program;
  document.title = `${query.value('kind')} – ${now.program}`;
  const from = new Date(now.start);
  const nothing = now.total[0] === 0;
  say(nothing ? 'No sample matches. Try a longer time, another kind (wall shows waiting), or fewer filters.'
    : `${amount(now.total[0], now.unit)} ${now.type} in ${amount(now.count)} samples, `
      + (now.cumulative ? 'since start' : `${from.toLocaleTimeString()} + ${(now.duration / 1000).toFixed(0)} s`)
      + (now.pruned ? `; ${now.pruned} small boxes left out` : ''));
  const comments = !comparable ? ['There is nothing to compare with: no sample of the base matches.', ...now.comments] : now.comments;
  get('comments').replaceChildren(...comments.map(text => element('li', null, text)));
  links();
}

async function loadAround(mine) {
  const [state, requests] = await Promise.all([
    fetchJson(`ui/state.json?kind=${encodeURIComponent(query.value('kind'))}`),
    fetchJson(`ui/requests.json?${new URLSearchParams({ route: query.value('route'), min_duration: query.value('min_duration') })}`),
  ]);
  if (mine !== asked) return;
  timeLine.show(state.timeline);
  get('history').textContent = state.history;
  showRoutes(get('routeTable'), requests.routes, route => pick({ route, trace_id: '' }));
  get('slowOf').textContent = query.value('route') ? 'of ' + query.value('route') : '';
  showSlowest(get('slowTable'), requests.slowest, r => pick({ trace_id: r.trace, time: query.live ? 'all' : query.value('time') }), state.traceLink);
  suggest(get('routes'), requests.routes.map(r => r.route).filter(Boolean));
  suggest(get('traces'), requests.slowest.map(r => r.trace));
}

function pick(values) {
  for (const [name, value] of Object.entries(values)) query.set(name, value);
  load();
  window.scrollTo({ top: 0 });
}

function links() {
  view.links.replaceChildren();
  for (const [format, text] of [['pprof', 'pprof'], ['speedscope', 'speedscope'], ['folded', 'folded'], ['svg', 'svg'], ['html', 'html']]) {
    const link = element('a', view.links, text);
    link.href = `${encodeURIComponent(query.value('kind'))}?${query.parameters({ format, ...(format === 'speedscope' ? {} : query.base()) })}`;
    link.download = `${query.value('kind')}.${{ pprof: 'pb.gz', speedscope: 'speedscope.json' }[format] ?? format}`;
    link.title = 'Download as ' + text;
    view.links.append(' ');
  }
}

function remember() {
  if (!shown) return;
  history.replaceState(null, '', query.address({ q: view.search.value.trim(), zoom: view.zoomed, focus: view.focus, view: view.graph.icicle ? '' : 'flame', theme: '' }));
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  view.draw();
  timeLine.draw();
}

function listen() {
  get('query').addEventListener('submit', event => {
    event.preventDefault();
    load();
  });
  for (const name of ['kind', 'time', 'base']) {
    get(name).addEventListener('change', () => {
      query.adapt();
      const waits = query.live || query.value('time') === 'range' || query.value('base') === 'range';
      if (!waits) load();
    });
  }
  get('refresh').addEventListener('change', event => {
    clearInterval(refreshing);
    if (event.target.checked) refreshing = setInterval(() => { if (!query.live && !document.hidden) load(); }, REFRESH);
  });
  get('theme').addEventListener('click', () => theme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
}

async function start() {
  theme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  listen();
  try {
    const state = await fetchJson('ui/state.json');
    for (const [name, text] of state.kinds) {
      const option = element('option', get('kind'), name);
      option.value = name;
      option.title = text;
    }
    const given = query.read(state.kinds.map(kind => kind[0]));
    if (!state.hasHistory && !given.has('time')) {
      query.set('time', 'live');
      query.adapt();
    }
    view.search.value = given.get('q') ?? '';
    if (given.get('view') === 'flame') view.turn();
    await load();
  } catch (error) {
    say(error.message, true);
  }
}

start();
