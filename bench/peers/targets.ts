/** What we hold ourselves to, and whether a run's figures keep it. */
import { type FigureKey, type FigureTable, medianOf } from './figures.ts';
import { FOLLOWS } from './measures/latency.ts';

export interface Judged {
  readonly title: string;
  readonly wanted: string;
  /** As measured; a dash where it was not. */
  readonly found: string;
  readonly verdict: 'met' | 'missed' | 'not measured';
  /** The same beside a plugin that logs its decisions as we do; … */
  readonly besideLogs?: string | undefined;
  /** … and with a log of ours that has only what is seen of inputs. Undefined where it is not measured. */
  readonly seen?: string | undefined;
}

/** All of them. `transport` is ours. */
export function judge(figures: FigureTable, transport: string): readonly Judged[] {
  const [cached, uncached] = [`${transport}-cached`, `${transport}-uncached`];
  const get = (measure: string, load: string, peer: string, metric: FigureKey['metric'], set = 'roles') =>
    medianOf(figures, { measure, set, load, peer, metric });
  const times = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? undefined : a / b;
  const rate = (load: string) => (peer: string) => get('throughput', load, peer, 'perSecond');
  const cpu = (load: string) => (peer: string) => get('throughput', load, peer, 'cpuUs');
  const overTls = (peer: string) => get('tls', '4x32', peer, 'perSecond');
  /** Of ours, with both logs, to the plugin with its log on and off. */
  const ratios = (of: (peer: string) => number | undefined, ours: string, plugin = 'plugin'): Ratios => ({
    ratio: times(of(ours), of(plugin)),
    besideLogs: plugin === 'plugin' ? times(of(ours), of('plugin-logs')) : undefined,
    seen: times(of(`${ours}-log-seen`), of(plugin)),
  });
  const oneCpu = (peer: string) => get('one-cpu', '1x1', peer, 'meanUs');
  const p99 = (load: string) => (peer: string) => get('latency', load, peer, 'p99Us');
  const stall = (set: string) => {
    const [swap, base] = [
      get('reload', '3000/s', cached, 'swapP99Us', set),
      get('reload', '3000/s', cached, 'baseP99Us', set),
    ];
    return swap === undefined || base === undefined ? undefined : (swap - base) / 1000;
  };
  const start = [get('start', 'cold', cached, 'ms'), get('start', 'warm', cached, 'ms')];
  return [
    ...['1x32', '4x32'].flatMap((load) => [
      atLeast(`throughput, cached, ${load}, to the plugin`, 12, ratios(rate(load), cached)),
      atLeast(`throughput, cached, ${load}, to Cerbos`, 20, ratios(rate(load), cached, 'cerbos')),
    ]),
    atLeast('throughput, uncached, 4x32, to the plugin', 5, ratios(rate('4x32'), uncached)),
    part('CPU a decision, cached, 4x32', 30, ratios(cpu('4x32'), cached)),
    part('CPU a decision, uncached, 4x32', 10, ratios(cpu('4x32'), uncached)),
    atLeast('throughput over TLS, cached, 4x32, to the plugin without TLS', 8, {
      ratio: times(overTls(`${cached}-tls`), overTls('plugin')),
      besideLogs: times(overTls(`${cached}-tls`), rate('4x32')('plugin-logs')),
    }),
    part('one call at a time on one CPU, cached', 8, ratios(oneCpu, cached)),
    part('one call at a time on one CPU, uncached', 4, ratios(oneCpu, uncached)),
    part('p99 at 3,000/s, cached', 4, ratios(p99('3000/s'), cached)),
    part('p99 at 3,000/s, uncached', 4, ratios(p99('3000/s'), uncached)),
    fast(get, cached),
    atMost('p99 during a reload over the base, small policy', 5, stall('roles'), 'ms'),
    atMost('p99 during a reload over the base, 10 MB of data', 5, stall('permissions'), 'ms'),
    atMost('memory, roles and paths, cached', 100, get('memory', 'all', cached, 'memoryMb'), 'MiB'),
    atMost('memory, roles and paths, uncached', 100, get('memory', 'all', uncached, 'memoryMb'), 'MiB'),
    atMost('start to the first decision, nothing kept', 300, start[0], 'ms'),
    atMost('start to the first decision, bundle kept', 300, start[1], 'ms'),
    atMost(
      'a decision log line, masked, to a file',
      5,
      get('log', '4x32', cached, 'us'),
      'µs',
      get('log', '4x32', `${cached}-log-seen`, 'us'),
    ),
    hits(get('hits', 'all', cached, 'hitShare')),
  ];
}

type Get = (measure: string, load: string, peer: string, metric: FigureKey['metric']) => number | undefined;

const verdict = (met: boolean | undefined): Judged['verdict'] =>
  met === undefined ? 'not measured' : met ? 'met' : 'missed';

interface Ratios {
  readonly ratio: number | undefined;
  readonly besideLogs?: number | undefined;
  readonly seen?: number | undefined;
}

function atLeast(title: string, least: number, { ratio, besideLogs, seen }: Ratios): Judged {
  const met = ratio === undefined ? undefined : ratio >= least;
  const text = (value: number | undefined) => (value === undefined ? undefined : `${value.toFixed(1)}×`);
  return {
    title,
    wanted: `≥ ${least}×`,
    found: text(ratio) ?? '–',
    verdict: verdict(met),
    besideLogs: text(besideLogs),
    seen: text(seen),
  };
}

/** A share of what the plugin takes. */
function part(title: string, of: number, { ratio, besideLogs, seen }: Ratios): Judged {
  const met = ratio === undefined ? undefined : ratio <= 1 / of;
  return {
    title: `${title}, of the plugin's`,
    wanted: `≤ 1/${of}`,
    found: partText(ratio) ?? '–',
    verdict: verdict(met),
    besideLogs: partText(besideLogs),
    seen: partText(seen),
  };
}

function partText(ratio: number | undefined): string | undefined {
  if (ratio === undefined) return undefined;
  return ratio > 1 ? `${ratio.toFixed(1)}×` : `1/${(1 / ratio).toFixed(1)}`;
}

function atMost(title: string, most: number, value: number | undefined, unit: string, seen?: number): Judged {
  const met = value === undefined ? undefined : value <= most;
  const text = (one: number | undefined) =>
    one === undefined ? undefined : `${one.toFixed(one < 20 ? 1 : 0)} ${unit}`;
  return {
    title,
    wanted: `≤ ${most} ${unit}`,
    found: text(value) ?? '–',
    verdict: verdict(met),
    seen: text(seen),
  };
}

/** At 20,000/s: a quarter of the plugin's where it follows, else that we follow. */
function fast(get: Get, cached: string): Judged {
  const of = (peer: string) => ({
    p99: get('latency', '20000/s', peer, 'p99Us'),
    follows: (get('latency', '20000/s', peer, 'servedShare') ?? 0) >= FOLLOWS,
  });
  const [ours, plugin] = [of(cached), of('plugin')];
  if (plugin.follows && ours.p99 !== undefined)
    return part('p99 at 20,000/s, cached', 4, { ratio: ours.p99 / plugin.p99! });
  const met = ours.p99 === undefined ? undefined : ours.follows;
  const found =
    ours.p99 === undefined
      ? '–'
      : `${(ours.p99 / 1000).toFixed(2)} ms${ours.follows ? '' : ', does not follow'}`;
  return {
    title: 'p99 at 20,000/s, cached (the plugin does not follow)',
    wanted: 'follows',
    found,
    verdict: verdict(met),
  };
}

function hits(share: number | undefined): Judged {
  const found = share === undefined ? '–' : `${(100 * share).toFixed(1)} %`;
  return {
    title: 'answers from the cache, where it is on',
    wanted: '≥ 95 %',
    found,
    verdict: verdict(share === undefined ? undefined : share >= 0.95),
  };
}
