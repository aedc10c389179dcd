/** The tables of a run, in Markdown. */
import { table } from '../cache/table.ts';
import { microseconds } from '../measure.ts';
import { type FigureKey, type FigureTable, keyOf, medianOf, nameOf } from './figures.ts';
import { FOLLOWS } from './measures/latency.ts';
import { judge } from './targets.ts';

/** Everything a page needs; what `latest.json` holds. */
export interface Result {
  readonly machine: string;
  readonly date: string;
  readonly commit: string;
  readonly quick: boolean;
  readonly rounds: number;
  /** Our transport that the targets are about. */
  readonly transport: string;
  /** Titles of servers and policy sets by name. */
  readonly titles: Readonly<Record<string, string>>;
  readonly remarks: readonly string[];
  readonly figures: FigureTable;
}

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const duration = (us: number): string =>
  us < 1000 ? `${microseconds(us)} µs` : `${microseconds(us / 1000)} ms`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The targets first, then a table for each measure. */
export function report(result: Result): string {
  return [
    section('Targets', targets(result)),
    ...SECTIONS.map(({ title, text, make }) => section(title, make(result), text)),
  ]
    .filter((each) => each !== '')
    .join('\n\n');
}

function section(title: string, body: string, text: string = ''): string {
  if (body === '') return '';
  return [`### ${title}`, ...(text === '' ? [] : [text]), body].join('\n\n');
}

export function targets({ figures, transport }: Result): string {
  const judged = judge(figures, transport);
  const rows = judged.map(({ title, wanted, found, verdict }) => [title, wanted, found, verdict]);
  return table([['target', 'wanted', 'measured', ''], ...rows]);
}

interface Section {
  readonly title: string;
  readonly text: string;
  readonly make: (result: Result) => string;
}

const SECTIONS: readonly Section[] = [
  {
    title: 'Throughput',
    text: 'Closed loop, connections × streams; server on one CPU, client on another. Decisions a second (least to most of the rounds), µs of the server’s processor time a decision, the ratio to opa-envoy-plugin and to Cerbos, and how busy the client was: near 100 % it is the client that sets the limit.',
    make: (result) => closedLoops(result, 'throughput'),
  },
  {
    title: 'Over TLS',
    text: 'The plugin serves no TLS and is asked without.',
    make: (result) => closedLoops(result, 'tls'),
  },
  {
    title: 'Unpinned',
    text: 'Server and client take what CPUs they find.',
    make: (result) => closedLoops(result, 'cores'),
  },
  {
    title: 'One call at a time, both ends on one CPU',
    text: 'µs of both together. The floor is a ping-pong of two C programs with as many bytes.',
    make: oneCpuTable,
  },
  {
    title: 'Latency at fixed rates',
    text: 'Open loop: each latency counts from the moment when the call was due. “Behind”: the server does not follow, and answers wait ever longer.',
    make: latencyTable,
  },
  {
    title: 'Reload',
    text: 'p99 at 3,000/s before a bundle is published, and from its publication until 300 ms after it answers.',
    make: reloadTable,
  },
  { title: 'Start', text: 'From starting the process to its first right answer.', make: startTable },
  {
    title: 'Memory and hits',
    text: 'Most physical memory (VmHWM) after all loads, and how many answers came from the cache.',
    make: memoryTable,
  },
  {
    title: 'A line of the decision log',
    text: 'Masked, to a file: processor time of a cached decision with the log less that without.',
    make: logTable,
  },
  { title: 'The load generator', text: 'The same message by our client and by h2load.', make: clientTable },
];

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

function closedLoops(result: Result, measure: string): string {
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

function oneCpuTable(result: Result): string {
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

function latencyTable(result: Result): string {
  const rows = keysOf(result.figures, 'latency').map((key) => {
    const of = (metric: FigureKey['metric']): number => medianOf(result.figures, { ...key, metric }) ?? 0;
    const behind = of('servedShare') < FOLLOWS;
    const times = behind
      ? [`behind: ${percent(of('servedShare'))} served`, '', '']
      : [of('p50Us'), of('p99Us'), of('p999Us')].map(duration);
    return [titleOf(result, key.peer), key.load, ...times, duration(of('latenessP99Us'))];
  });
  if (rows.length === 0) return '';
  return table([['server', 'rate', 'p50', 'p99', 'p99.9', 'client late by, p99'], ...rows]);
}

function reloadTable(result: Result): string {
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

function startTable(result: Result): string {
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

function memoryTable(result: Result): string {
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

function logTable(result: Result): string {
  const keys = keysOf(result.figures, 'log').filter(
    ({ load, peer }) => load !== 'line' && !peer.endsWith('-nolog'),
  );
  const rows = keys.map((key) => {
    const of = (metric: FigureKey['metric'], peer = key.peer): string =>
      microseconds(medianOf(result.figures, { ...key, peer, metric }) ?? 0);
    const us = medianOf(result.figures, { ...key, metric: 'us' });
    return [key.load, of('cpuUs'), of('cpuUs', `${key.peer}-nolog`), us === undefined ? '' : us.toFixed(1)];
  });
  if (rows.length === 0) return '';
  const bytes = Object.entries(result.figures).find(
    ([name]) => name.startsWith('log ') && name.endsWith(' bytes'),
  )?.[1];
  const line = bytes === undefined ? '' : `\n\nA line has ${count(bytes.us)} bytes.`;
  return table([['load', 'CPU µs with', 'CPU µs without', 'a line, µs'], ...rows]) + line;
}

function clientTable(result: Result): string {
  const keys = keysOf(result.figures, 'client').filter(({ peer }) => peer === 'own-client');
  const rows = keys.map((key) => {
    const of = (metric: FigureKey['metric'], peer = key.peer): number =>
      medianOf(result.figures, { ...key, peer, metric }) ?? 0;
    const rates = [of('perSecond'), of('perSecond', 'h2load')];
    const cpu = [of('cpuUs'), of('cpuUs', 'h2load')];
    return [
      key.load.replace('x', ' × '),
      ...rates.map(count),
      `${of('ratio').toFixed(2)}×`,
      ...cpu.map(microseconds),
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
