/** The plot of a run: SVG that reads on light and dark pages. Bars of throughput, and latencies at fixed rates. */
import { keyOf, medianOf } from './figures.ts';
import { FOLLOWS } from './measures/latency.ts';
import type { Result } from './report.ts';

const WIDTH = 760;
const LABEL_WIDTH = 230;
const BAR_HEIGHT = 18;
const GAP = 7;
const TITLE_HEIGHT = 34;

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Written beside the bar. */
  readonly text: string;
  readonly ours: boolean;
}

export interface Chart {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** Lengths by logarithm, for values that differ by orders of magnitude. */
  readonly logarithmic: boolean;
}

const OURS = /^(wire|grpc-js)-/;

/** The charts that the figures allow. */
export function chartsOf(result: Result): readonly Chart[] {
  return [
    chart(result, 'throughput', '4x32', 'perSecond', 'Decisions a second, roles and paths, 4 × 32', (value) =>
      Math.round(value).toLocaleString('en-US'),
    ),
    chart(
      result,
      'throughput',
      '4x32',
      'cpuUs',
      'Processor time a decision, µs (log scale)',
      (value) => value.toFixed(value < 10 ? 1 : 0),
      true,
    ),
    chart(
      result,
      'latency',
      '3000/s',
      'p99Us',
      'p99 at 3,000 decisions a second, ms (log scale)',
      (us) => (us / 1000).toFixed(2),
      true,
    ),
    chart(
      result,
      'latency',
      '20000/s',
      'p99Us',
      'p99 at 20,000 decisions a second, ms (log scale)',
      (us) => (us / 1000).toFixed(2),
      true,
    ),
  ].filter(({ bars }) => bars.length > 0);
}

function chart(
  { figures, titles }: Result,
  measure: string,
  load: string,
  metric: 'perSecond' | 'cpuUs' | 'p99Us',
  title: string,
  format: (value: number) => string,
  logarithmic: boolean = false,
): Chart {
  const bars = Object.keys(figures).flatMap((name): Bar[] => {
    const key = keyOf(name);
    if (key.measure !== measure || key.load !== load || key.metric !== metric || key.set !== 'roles')
      return [];
    const served = medianOf(figures, { ...key, metric: 'servedShare' }) ?? 1;
    const value = figures[name]!.us;
    const text = served < FOLLOWS ? 'does not follow' : format(value);
    return [
      {
        label: titles[key.peer] ?? key.peer,
        value: served < FOLLOWS ? 0 : value,
        text,
        ours: OURS.test(key.peer),
      },
    ];
  });
  return { title, bars, logarithmic };
}

export function plot(charts: readonly Chart[]): string {
  let y = 0;
  const parts = charts.map((each) => {
    const part = drawn(each, y);
    y += TITLE_HEIGHT + each.bars.length * (BAR_HEIGHT + GAP) + GAP;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${escaped(charts.map(({ title }) => title).join('; '))}">
<style>
text { font: 13px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; fill: #24292f }
.bar { fill: #8c959f }
.ours { fill: #1f6feb }
@media (prefers-color-scheme: dark) {
text { fill: #9da7b1 }
.title { fill: #e6edf3 }
.bar { fill: #6e7681 }
.ours { fill: #58a6ff }
}
</style>
${parts.join('\n')}
</svg>
`;
}

function drawn({ title, bars, logarithmic }: Chart, top: number): string {
  const values = bars.map(({ value }) => value).filter((value) => value > 0);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = WIDTH - LABEL_WIDTH - 110;
  // The shortest bar of a logarithmic chart stands for half of the least value.
  const length = (value: number): number => {
    if (value <= 0) return 0;
    if (!logarithmic) return (value / most) * room;
    return (Math.log((2 * value) / least) / Math.log((2 * most) / least)) * room;
  };
  const rows = bars.map(({ label, value, text, ours }, i) => {
    const y = top + TITLE_HEIGHT + i * (BAR_HEIGHT + GAP);
    const width = Math.max(value > 0 ? 2 : 0, length(value));
    const base = y + BAR_HEIGHT - 5;
    return `<text x="${LABEL_WIDTH - 8}" y="${base}" text-anchor="end">${escaped(label)}</text><rect class="${ours ? 'ours' : 'bar'}" x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/><text x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${base}">${escaped(text)}</text>`;
  });
  return [`<text class="title" x="0" y="${top + 22}">${escaped(title)}</text>`, ...rows].join('\n');
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
