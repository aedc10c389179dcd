/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';

export type Measure =
  | 'throughput'
  | 'latency'
  | 'tls'
  | 'one-cpu'
  | 'start'
  | 'reload'
  | 'log'
  | 'client'
  | 'cores';
export type PeerName = 'plugin' | 'plugin-logs' | 'opa' | 'cerbos' | 'own';
export type SetName = 'roles' | 'tokens' | 'services' | 'permissions';

const MEASURES: readonly Measure[] = [
  'throughput',
  'latency',
  'one-cpu',
  'tls',
  'start',
  'log',
  'reload',
  'client',
  'cores',
];
const PEERS: readonly PeerName[] = ['plugin', 'plugin-logs', 'opa', 'cerbos', 'own'];
const SETS: readonly SetName[] = ['roles', 'tokens', 'services', 'permissions'];

export interface Flags {
  readonly quick: boolean;
  readonly write: boolean;
  readonly requirePeers: boolean;
  readonly measures: readonly Measure[];
  readonly peers: readonly PeerName[];
  readonly sets: readonly SetName[];
  readonly rounds: number;
  /** A `main.js` to measure in place of a build of this tree. */
  readonly main: string | undefined;
}

export const USAGE: string = `Usage: npm run bench -- [flags]
  --quick            ends within 3 minutes: one round, shorter, two policy sets, the default transport only;
                     measures that are left when the time is up are left out
  --only <names>     measures: ${MEASURES.join(', ')}
  --peers <names>    servers: ${PEERS.join(', ')}
  --sets <names>     policy sets: ${SETS.join(', ')}
  --rounds <number>  rounds of each figure
  --require-peers    fails when a server cannot be had
  --main <file>      measures this main.js in place of a build of this tree
  --write            writes bench/results/latest.json, docs/performance.md and docs/performance.svg`;

const QUICK_ROUNDS = 1;
const FULL_ROUNDS = 5;
/** What it takes for the targets. */
const QUICK_SETS: readonly SetName[] = ['roles', 'permissions'];

/** Throws an Error that says what is wrong. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      'require-peers': { type: 'boolean', default: false },
      only: { type: 'string' },
      peers: { type: 'string' },
      sets: { type: 'string' },
      rounds: { type: 'string' },
      main: { type: 'string' },
    },
  });
  const rounds =
    values.rounds === undefined ? (values.quick ? QUICK_ROUNDS : FULL_ROUNDS) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds: write a whole number from 1 on');
  return {
    quick: values.quick,
    write: values.write,
    requirePeers: values['require-peers'],
    measures: names('only', values.only, MEASURES),
    peers: names('peers', values.peers, PEERS),
    sets: names('sets', values.sets, values.quick && values.sets === undefined ? QUICK_SETS : SETS),
    rounds,
    main: values.main,
  };
}

function names<Name extends string>(
  flag: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (text === undefined) return known;
  const wanted = text.split(',');
  const unknown = wanted.find((each) => !known.includes(each as Name));
  if (unknown !== undefined) throw new Error(`--${flag}: ${unknown} is none of ${known.join(', ')}`);
  return known.filter((each) => wanted.includes(each));
}
