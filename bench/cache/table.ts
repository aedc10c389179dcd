/** Tables and times of the benches. */

/** Rows as a table in Markdown; the first is its head. Columns but the first are numbers. */
export function table([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head!), line(head!.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Processor time of this thread in µs: what else the machine does counts less. */
export function usedUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const count = (number: number): string => number.toLocaleString('en-US');
