/** The tables of a report, one for each measure. */
import { table } from '../cache/table.ts';
import { microseconds } from '../measure.ts';
import { type FigureKey, type FigureTable, keyOf, medianOf, nameOf } from './figures.ts';
import { FOLLOWS } from './measures/latency.ts';
import type { Result } from './report.ts';

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const duration = (us: number): string =>
  us < 1000 ? `${microseconds(us)} µs` : `${microseconds(us / 1000)} ms`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Sets, loads and servers of a measure, in the order in which they were measured. */
function keysOf(figures: FigureTable, measure: string): readonly FigureKey[] {
  const seen = new Map<string, FigureKey>();
  for (const key of Object.keys(figures).map(keyOf)) {
    if (key.measure === measure)
      seen.set(
        [key.set, key.load, key.peer].join(' '),
        seen.get([key.set, key.load, key.peer].join(' ')) ?? key,
      );
  }
  return [...seen.values()];
}

const titleOf = ({ titles }: Result, name: string): string => titles[name] ?? name;

export function closedLoops(result: Result, measure: string): string {
  const { figures } = result;
  const keys = keysOf(figures, measure);
  const sets = [...new Set(keys.map(({ set }) => set))];
  return sets
    .map((set) => {
      const rows = keys.filter((key) => key.set === set).map((key) => closedLoop(result, key));
      const head = [
        'server',
        'load',
        'decisions/s',
        'least – most',
        'CPU µs',
        'mean latency',
        '× plugin',
        '× Cerbos',
        'client',
      ];
      return `**${titleOf(result, set)}**\n\n${table([head, ...rows])}`;
    })
    .join('\n\n');
}

function closedLoop(result: Result, key: FigureKey): string[] {
  const { figures } = result;
  const of = (metric: FigureKey['metric'], peer = key.peer): number | undefined =>
    medianOf(figures, { ...key, peer, metric });
  const rate = of('perSecond')!;
  const { least, most } = figures[nameOf({ ...key, metric: 'perSecond' })]!;
  const ratio = (peer: string): string => {
    const other = of('perSecond', peer);
    return other === undefined ? '' : `${(rate / other).toFixed(1)}×`;
  };
  const busy = ((of('clientCpuUs') ?? 0) * rate) / 1e6;
  return [
    titleOf(result, key.peer),
    key.load.replace('x', ' × '),
    count(rate),
    `${count(least)} – ${count(most)}`,
    microseconds(of('cpuUs')!),
    duration(of('meanUs')!),
    ratio('plugin'),
    ratio('cerbos'),
    `${Math.min(100, 100 * busy).toFixed(0)} %`,
  ];
}

export function oneCpuTable(result: Result): string {
  const rows = keysOf(result.figures, 'one-cpu').map((key) => {
    const us = medianOf(result.figures, { ...key, metric: 'meanUs' })!;
    const plugin = medianOf(result.figures, { ...key, peer: 'plugin', metric: 'meanUs' });
    return [
      titleOf(result, key.peer),
      microseconds(us),
      plugin === undefined ? '' : `1/${(plugin / us).toFixed(1)}`,
    ];
  });
  return rows.length === 0 ? '' : table([['server', 'µs a call', 'of the plugin’s'], ...rows]);
}

export function latencyTable(result: Result): string {
  const rows = keysOf(result.figures, 'latency').map((key) => {
    const of = (metric: FigureKey['metric']): number => medianOf(result.figures, { ...key, metric }) ?? 0;
    const behind = of('servedShare') < FOLLOWS;
    const shown = (metric: FigureKey['metric']): string => (behind ? '' : duration(of(metric)));
    const p50 = behind ? `behind: ${percent(of('servedShare'))} served` : shown('p50Us');
    const late = duration(of('latenessP99Us'));
    return [titleOf(result, key.peer), key.load, p50, shown('p99Us'), shown('p999Us'), late];
  });
  if (rows.length === 0) return '';
  return table([['server', 'rate', 'p50', 'p99', 'p99.9', 'client late by, p99'], ...rows]);
}

export function reloadTable(result: Result): string {
  const rows = keysOf(result.figures, 'reload').map((key) => {
    const of = (metric: FigureKey['metric']): number => medianOf(result.figures, { ...key, metric }) ?? 0;
    const [base, swap] = [of('baseP99Us'), of('swapP99Us')];
    return [
      titleOf(result, key.set),
      duration(base),
      duration(swap),
      `${((swap - base) / 1000).toFixed(1)} ms`,
      `${of('ms').toFixed(0)} ms`,
    ];
  });
  if (rows.length === 0) return '';
  return table([['policy set', 'p99 before', 'p99 during', 'difference', 'until it answers'], ...rows]);
}

export function startTable(result: Result): string {
  const rows = keysOf(result.figures, 'start').map((key) => {
    const { us, least, most } = result.figures[nameOf({ ...key, metric: 'ms' })]!;
    const kind = /^(wire|grpc-js)-/.test(key.peer)
      ? `, ${key.load === 'cold' ? 'nothing kept' : 'bundle kept'}`
      : '';
    return [
      titleOf(result, key.peer) + kind,
      titleOf(result, key.set),
      us.toFixed(0),
      `${least.toFixed(0)} – ${most.toFixed(0)}`,
    ];
  });
  return rows.length === 0 ? '' : table([['server', 'policy set', 'ms', 'least – most'], ...rows]);
}

export function memoryTable(result: Result): string {
  const { figures } = result;
  const rows = keysOf(figures, 'memory').map((key) => {
    const hit = medianOf(figures, { ...key, measure: 'hits', metric: 'hitShare' });
    const memory = medianOf(figures, { ...key, metric: 'memoryMb' })!;
    return [
      titleOf(result, key.peer),
      titleOf(result, key.set),
      memory.toFixed(0),
      hit === undefined ? '' : percent(hit),
    ];
  });
  return rows.length === 0 ? '' : table([['server', 'policy set', 'MiB', 'from the cache'], ...rows]);
}

const NO_LOG = '-log-none';

export function logTable(result: Result): string {
  const keys = keysOf(result.figures, 'log').filter(
    ({ load, peer }) => load !== 'line' && !peer.endsWith(NO_LOG),
  );
  const rows = keys.map((key) => {
    const of = (metric: FigureKey['metric'], peer = key.peer): string => {
      const cpuUs = medianOf(result.figures, { ...key, peer, metric });
      return cpuUs === undefined ? '' : microseconds(cpuUs);
    };
    const us = medianOf(result.figures, { ...key, metric: 'us' });
    const bytes = medianOf(result.figures, { ...key, load: 'line', metric: 'bytes' });
    return [
      titleOf(result, key.peer),
      key.load,
      of('cpuUs'),
      of('cpuUs', key.peer.replace(/(-log-seen)?$/, NO_LOG)),
      us === undefined ? '' : us.toFixed(1),
      bytes === undefined ? '' : count(bytes),
    ];
  });
  const header = ['server', 'load', 'CPU µs with', 'CPU µs without', 'a line, µs', 'a line, bytes'];
  return rows.length === 0 ? '' : table([header, ...rows]);
}

export function clientTable(result: Result): string {
  const keys = keysOf(result.figures, 'client').filter(({ peer }) => peer === 'own-client');
  const rows = keys.map((key) => {
    const of = (metric: FigureKey['metric'], peer = key.peer): number =>
      medianOf(result.figures, { ...key, peer, metric }) ?? 0;
    const rate = (peer: string): string => count(of('perSecond', peer));
    const cpu = (peer: string): string => microseconds(of('cpuUs', peer));
    const ratio = `${of('ratio').toFixed(2)}×`;
    return [
      key.load.replace('x', ' × '),
      rate(key.peer),
      rate('h2load'),
      ratio,
      cpu(key.peer),
      cpu('h2load'),
    ];
  });
  if (rows.length === 0) return '';
  const head = [
    'load',
    'ours, calls/s',
    'h2load, calls/s',
    'ratio',
    'server CPU µs, ours',
    'server CPU µs, h2load',
  ];
  return table([head, ...rows]);
}
