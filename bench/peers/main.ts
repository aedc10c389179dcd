/**
 * Portcullis beside its peers, in one run: `npm run bench`. See docs/performance.md. Prints tables; with `--write` it keeps them.
 */
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, CLIENT_CPU } from './bench.ts';
import { accepts, buildProduct } from './build.ts';
import { Figures } from './figures.ts';
import { type Flags, type Measure, readFlags, USAGE } from './flags.ts';
import { clientCheck } from './measures/client.ts';
import { cores } from './measures/cores.ts';
import { latency } from './measures/latency.ts';
import { logLine } from './measures/log.ts';
import { oneCpu } from './measures/one-cpu.ts';
import { reload } from './measures/reload.ts';
import { startUp } from './measures/start.ts';
import { throughput } from './measures/throughput.ts';
import { overTls } from './measures/tls.ts';
import { type OwnOptions, ownPeer } from './own.ts';
import { cerbosPeer, opaPeer, type Peer, pluginPeer } from './peers.ts';
import { canPin, endAll, pinSelf, run, temporaryFolder } from './processes.ts';
import { type Result, report } from './report.ts';
import { comparison, write } from './results.ts';
import { permissions } from './sets/permissions.ts';
import { rolesAndPaths } from './sets/roles-and-paths.ts';
import { services } from './sets/services.ts';
import { tokens } from './sets/tokens.ts';
import { type Site, siteOf } from './site.ts';

const SETS = { roles: rolesAndPaths, tokens, services, permissions };
const OTHERS: Readonly<Record<string, () => Promise<Peer>>> = {
  plugin: () => pluginPeer({ logs: false }),
  'plugin-logs': () => pluginPeer({ logs: true }),
  opa: opaPeer,
  cerbos: cerbosPeer,
};
const RUN: Readonly<Record<Measure, (bench: Bench) => Promise<void>>> = {
  throughput,
  latency,
  tls: overTls,
  'one-cpu': oneCpu,
  start: startUp,
  reload,
  log: logLine,
  client: clientCheck,
  cores,
};

/** When a quick run begins no further measure; the longest take half a minute. */
const QUICK_MS = 140_000;

/** The longest measure takes 11 minutes with five rounds. One that hangs must not take the figures of those before it with it. */
const MEASURE_MS = 20 * 60_000;

let interrupted = false;
/** Whether a measure goes on that nobody waits for any more. */
let isHanging = false;
const remarks: string[] = [];
const remark = (text: string): void => {
  if (!remarks.includes(text)) remarks.push(text);
};
const startedMs = performance.now();
const say = (text: string): void =>
  console.error(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${text}`);

async function bench(flags: Flags): Promise<void> {
  pinSelf(CLIENT_CPU);
  if (!canPin) remark('Nothing is pinned: there is one CPU only, or no taskset.');
  const others = await peersThatCanBeHad(flags);
  say('building');
  const main = flags.main ?? (await buildProduct(remark));
  const folder = await temporaryFolder();
  const sites = new Map<string, Site>();
  for (const name of flags.sets) {
    say(`preparing ${name}`);
    sites.set(name, await siteOf(SETS[name](), main, folder));
  }
  const hasTransportKey = await accepts(main, 'grpc: { transport: wire }');
  const both: OwnOptions['transport'][] = hasTransportKey ? ['wire', 'grpc-js'] : ['grpc-js'];
  const transports = flags.quick ? both.slice(0, 1) : both;
  const hasWorkers = await accepts(main, 'workers: auto');
  const figures = new Figures();
  const shared = {
    flags,
    figures,
    others,
    transports,
    main,
    hasTransportKey,
    hasWorkers,
    sites,
    remark,
    say,
  };
  for (const measure of flags.measures) {
    if (interrupted) return;
    if (flags.quick && performance.now() - startedMs > QUICK_MS) {
      remark(`${measure} is left out: the time of a quick run is up.`);
      continue;
    }
    // One that fails does not take the others' figures with it; the run has failed all the same.
    try {
      isHanging = !(await endsWithin(RUN[measure](shared), MEASURE_MS * Math.max(flags.rounds / 5, 1)));
    } catch (error) {
      if (interrupted) return;
      console.error(error);
      remark(`${measure} failed: ${(error as Error).message.split('\n')[0]}`);
      process.exitCode = 1;
    }
    if (isHanging) {
      remark(`${measure} came to no end within its time: it and what follows it are left out.`);
      process.exitCode = 1;
      break;
    }
  }
  if (interrupted) return;
  const titles = Object.fromEntries([
    ...[...others.values(), ...ownPeers(shared)].map(({ name, title }) => [name, title]),
    ...[...sites.values()].map(({ set: { name, title } }) => [name, title]),
    ['floor', 'C ping-pong, no HTTP/2'],
  ]) as Record<string, string>;
  const result: Result = {
    machine: `${cpus().length} × ${cpus()[0]!.model}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    commit: (await run('git', ['rev-parse', '--short', 'HEAD']).catch(() => 'unknown')).trim(),
    quick: flags.quick,
    rounds: flags.rounds,
    transport: transports[0]!,
    titles,
    remarks,
    figures: figures.table(),
  };
  console.log(`${report(result)}\n`);
  for (const text of remarks) console.log(`- ${text}`);
  console.log(await comparison(result));
  if (flags.write && process.exitCode === 1) say('not written, because a part of it failed');
  else if (flags.write) await write(result);
  say('done');
}

/** Whether a measure ends in time. One that does not may go on, so nothing may be measured after it. */
async function endsWithin(measure: Promise<void>, withinMs: number): Promise<boolean> {
  const timer = new AbortController();
  // The timer also keeps the process from ending when a measure waits for what will never come.
  const late = sleep(withinMs, false, { signal: timer.signal });
  return Promise.race([measure.then(() => true), late]).finally(() => timer.abort());
}

async function peersThatCanBeHad(flags: Flags): Promise<ReadonlyMap<string, Peer>> {
  const peers = new Map<string, Peer>();
  for (const [name, make] of Object.entries(OTHERS)) {
    if (!(flags.peers as readonly string[]).includes(name)) continue;
    try {
      peers.set(name, await make());
    } catch (error) {
      if (flags.requirePeers) throw error;
      remark(`${name} is left out, it cannot be had: ${(error as Error).message}`);
    }
  }
  return peers;
}

/** All that a measure may start of ours, for their titles. */
function ownPeers({ main, hasTransportKey, transports }: Bench): readonly Peer[] {
  const tls = { certFile: '', keyFile: '', caFile: '' };
  return transports.flatMap((transport) =>
    [true, false].flatMap((cache) =>
      [{}, { log: 'seen' as const }, { log: 'none' as const }, { tls }, { workers: 'auto' }].map((more) =>
        ownPeer(main, hasTransportKey, { transport, cache, ...more }),
      ),
    ),
  );
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupted = true;
    void endAll().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  });
}

let flags: Flags | undefined;
try {
  flags = readFlags(process.argv.slice(2));
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}
if (flags !== undefined) {
  try {
    await bench(flags);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await endAll();
    if (isHanging) process.exit(1);
  }
}
