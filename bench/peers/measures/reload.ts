/** What calls see while a new bundle is taken: latency from its publication until it answers, against the time before. */
import { copyFile, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, load, own, withServers } from '../bench.ts';
import { Histogram } from '../load/histogram.ts';
import type { Server } from '../peers.ts';
import { temporaryFolder } from '../processes.ts';
import type { Site } from '../site.ts';

const PER_SECOND = 3000;
const ROUNDS = 3;
/** After the load's process was started: it reads its messages, connects and warms up. */
const PUBLISH_AFTER_MS = 2000;
const DURATION_MS = { roles: 4000, permissions: 7000 } as const;
/** What follows a swap may be slow too: code that is not compiled yet, memory that is freed. */
const AFTERMATH_MS = 300;
/** A call without an answer. */
const LOST_US = 60e6;

export async function reload(bench: Bench): Promise<void> {
  for (const name of ['roles', 'permissions'] as const) {
    const site = bench.sites.get(name);
    if (site === undefined) continue;
    bench.say(`reload: ${site.set.title}`);
    const rounds = bench.flags.quick ? 1 : Math.min(ROUNDS, bench.flags.rounds);
    const archives = await Promise.all(Array.from({ length: rounds }, (_, i) => site.archive(i + 2)));
    const peers = own(bench, { transport: bench.transports[0]!, cache: true });
    await withServers(bench, site, peers, async ([server]) => {
      if (server === undefined) return;
      for (const [i, archive] of archives.entries())
        await oneSwap(bench, site, server, archive, i + 2, DURATION_MS[name]);
    });
  }
}

async function oneSwap(
  bench: Bench,
  site: Site,
  server: Server,
  archive: string,
  sequence: number,
  durationMs: number,
): Promise<void> {
  const latenciesFile = join(await temporaryFolder(), 'latencies');
  const options = {
    connections: 4,
    streams: 256,
    perSecond: PER_SECOND,
    warmUpMs: 500,
    durationMs,
    latenciesFile,
  };
  const loaded = load(bench, site, server, options);
  // Rejections are seen below, also when the publication takes long.
  loaded.catch(() => undefined);
  await copyFile(archive, `${server.bundle!}.new`);
  await sleep(PUBLISH_AFTER_MS);
  const active = server.process.line(
    (line) => line.includes('"msg":"bundle ') && line.includes(`r${sequence}`),
  );
  const publishedMs = epochMs();
  await rename(`${server.bundle!}.new`, server.bundle!);
  const line = await Promise.race([active, loaded.then(() => active), sleep(durationMs + 20_000)]);
  const activeMs = epochMs();
  await loaded;
  if (line === undefined || !line.includes('activated'))
    throw new Error(`the bundle was not taken: ${line ?? 'no word'}`);
  const base = new Histogram();
  const swap = new Histogram();
  const bytes = await readFile(latenciesFile);
  const records = new Float64Array(new Uint8Array(bytes).buffer);
  for (let i = 0; i < records.length; i += 2) {
    const [dueMs, us] = [records[i]!, records[i + 1]!];
    if (dueMs < publishedMs - 50) base.add(us < 0 ? LOST_US : us);
    else if (dueMs >= publishedMs && dueMs < activeMs + AFTERMATH_MS) swap.add(us < 0 ? LOST_US : us);
  }
  if (base.percentiles().count === 0 || swap.percentiles().count === 0)
    throw new Error('the swap was not within the load');
  bench.figures.addAll(
    { measure: 'reload', set: site.set.name, load: `${PER_SECOND}/s`, peer: server.peer.name },
    { baseP99Us: base.quantileUs(0.99), swapP99Us: swap.quantileUs(0.99), ms: activeMs - publishedMs },
  );
}

const epochMs = (): number => performance.timeOrigin + performance.now();
