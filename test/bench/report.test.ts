import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes } from '../../bench/peers/compare.ts';
import { type FigureKey, Figures, keyOf, medianOf, nameOf } from '../../bench/peers/figures.ts';
import { readFlags } from '../../bench/peers/flags.ts';
import { chartsOf, plot } from '../../bench/peers/plot.ts';
import { type Result, report } from '../../bench/peers/report.ts';
import { judge } from '../../bench/peers/targets.ts';
import { stepRows } from '../../bench/step-rows.ts';

const key = (peer: string, more: Partial<FigureKey> = {}): FigureKey => ({
  measure: 'throughput',
  set: 'roles',
  load: '4x32',
  peer,
  metric: 'perSecond',
  ...more,
});

function sample(): Figures {
  const figures = new Figures();
  for (const [peer, rate] of [
    ['plugin', 1000],
    ['cerbos', 500],
    ['wire-cached', 13_000],
    ['wire-uncached', 4000],
  ] as const) {
    const { metric: _, ...rest } = key(peer);
    for (const factor of [0.9, 1, 1.1])
      figures.addAll(rest, { perSecond: rate * factor, cpuUs: 1e6 / rate, meanUs: 100, clientCpuUs: 1 });
  }
  return figures;
}

const resultOf = (figures: Figures): Result => ({
  machine: 'a machine',
  date: '2026-11-22',
  commit: 'abc',
  quick: false,
  rounds: 3,
  transport: 'wire',
  titles: { plugin: 'the <plugin>', roles: 'roles and paths' },
  remarks: [],
  figures: figures.table(),
});

test('a figure is the median of its rounds, with least and most', () => {
  const table = sample().table();
  assert.deepEqual(table[nameOf(key('plugin'))], { us: 1000, least: 900, most: 1100 });
  assert.equal(medianOf(table, key('nobody')), undefined);
  assert.deepEqual(keyOf(nameOf(key('plugin'))), key('plugin'));
});

test('targets are met, missed or not measured', () => {
  const found = new Map(
    judge(sample().table(), 'wire').map(({ title, found: said, verdict }) => [title, `${said} ${verdict}`]),
  );
  assert.equal(found.get('throughput, cached, 4x32, to the plugin'), '13.0× met');
  assert.equal(found.get('throughput, cached, 4x32, to Cerbos'), '26.0× met');
  assert.equal(found.get('throughput, uncached, 4x32, to the plugin'), '4.0× missed');
  assert.equal(found.get("CPU a decision, cached, 4x32, of the plugin's"), '1/13.0 missed');
  assert.equal(found.get('memory, roles and paths, cached'), '– not measured');
});

test('at 20,000/s a plugin that does not follow leaves it to us to follow', () => {
  const at = (served: number, plugin: number): string => {
    const figures = new Figures();
    const { metric: _, ...ours } = key('wire-cached', { measure: 'latency', load: '20000/s' });
    figures.addAll(ours, { p99Us: 2000, servedShare: served });
    figures.addAll({ ...ours, peer: 'plugin' }, { p99Us: 6000, servedShare: plugin });
    const judged = judge(figures.table(), 'wire').find(({ title }) => title.startsWith('p99 at 20,000/s'))!;
    return `${judged.found} ${judged.verdict}`;
  };
  assert.equal(at(1, 0.5), '2.00 ms met');
  assert.equal(at(0.9, 0.5), '2.00 ms, does not follow missed');
  assert.equal(at(1, 1), '1/3.0 missed');
});

test('the report has the ratios of a load, and leaves out what was not measured', () => {
  const text = report(resultOf(sample()));
  assert.match(
    text,
    /\| wire-cached \| 4 × 32 \| 13,000 \| 11,700 – 14,300 \| 76\.9 \| 100 µs \| 13\.0× \| 26\.0× \|/,
  );
  assert.match(text, /### Throughput/);
  assert.doesNotMatch(text, /### Reload/);
});

test('a regression is a change beyond what the rounds of both show, of our own servers', () => {
  const before = sample().table();
  const slower = new Figures();
  for (const factor of [0.5, 0.51, 0.52]) {
    slower.add(key('wire-cached'), 13_000 * factor);
    slower.add(key('plugin'), 1000 * factor);
    slower.add(key('wire-uncached'), 4000 * (factor + 0.45));
  }
  const found = changes(before, slower.table());
  assert.deepEqual(
    found.map(({ name, times }) => [keyOf(name).peer, times.toFixed(2)]),
    [['wire-cached', '1.96']],
  );
  // Less processor time is better.
  const cheaper = new Figures();
  cheaper.add(key('wire-cached', { metric: 'cpuUs' }), 10);
  assert.ok(changes(before, cheaper.table())[0]!.times < 1);
});

test('the plot has a bar for each server, the longest for the most, and no markup of titles', () => {
  const svg = plot(chartsOf(resultOf(sample())));
  const widths = [...svg.matchAll(/<rect class="(\w+)"[^>]* width="([\d.]+)"/g)].map(([, kind, width]) => ({
    kind,
    width: Number(width),
  }));
  assert.equal(widths.length, 8);
  const most = widths.slice(0, 4).toSorted((a, b) => b.width - a.width)[0]!;
  assert.equal(most.kind, 'ours');
  assert.ok(svg.includes('the &lt;plugin&gt;'));
  assert.ok(!svg.includes('NaN'));
});

test('flags', () => {
  const { quick, rounds, measures, peers } = readFlags([
    '--quick',
    '--only',
    'tls,latency',
    '--peers',
    'own',
  ]);
  assert.deepEqual(
    { quick, rounds, measures, peers },
    {
      quick: true,
      rounds: 1,
      measures: ['latency', 'tls'],
      peers: ['own'],
    },
  );
  assert.throws(() => readFlags(['--only', 'speed']), /--only: speed is none of throughput/);
  assert.throws(() => readFlags(['--rounds', '0']), /whole number/);
  assert.throws(() => readFlags(['--fast']), /--fast/);
});

test('steps are slower or faster where their rounds do not overlap', () => {
  const of = (us: number) => ({ us, least: us * 0.95, most: us * 1.05 });
  const result = (steps: Record<string, number>) => ({
    machine: 'a machine',
    date: '2026-11-22',
    groups: { hpack: Object.fromEntries(Object.entries(steps).map(([name, us]) => [name, of(us)])) },
  });
  const before = result({ decode: 1, encode: 1, both: 1 });
  const rows = stepRows(result({ decode: 2, encode: 0.5, both: 1.08, fresh: 1 }), before);
  assert.deepEqual(
    rows.map(({ step, change }) => `${step} ${change}`.trim()),
    ['hpack: decode 2.00× slower', 'hpack: encode 2.00× faster', 'hpack: both', 'hpack: fresh'],
  );
});
