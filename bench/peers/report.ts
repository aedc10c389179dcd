/** The tables of a run, in Markdown. */
import { table } from '../cache/table.ts';
import type { FigureTable } from './figures.ts';
import {
  clientTable,
  closedLoops,
  latencyTable,
  logTable,
  memoryTable,
  oneCpuTable,
  reloadTable,
  startTable,
} from './tables.ts';
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

/** The targets first, then a table for each measure. */
export function report(result: Result): string {
  return [
    section('Targets', targets(result), TARGETS),
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
  const rows = judged.map(({ title, wanted, found, verdict, besideLogs = '', seen = '' }) => [
    title,
    wanted,
    found,
    verdict,
    besideLogs,
    seen,
  ]);
  const header = ['target', 'wanted', 'measured', '', 'the plugin’s log on, too', 'ours of what is seen'];
  return table([header, ...rows]);
}

const TARGETS =
  'Ours is measured with its decision log on, to a file. The plugin’s is off by default, and its console log costs it more than a decision does: one column is against that. The last one is ours with a log that has of each input what the policy sees (`input: seen`), against the plugin without.';

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
