/** Processor time of another process, from /proc (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

/** Kernels count in this many steps a second there. */
const TICKS_PER_SECOND = 100;

/** User and system time of all its threads so far, in µs: to the nanosecond where the kernel says so, else in steps of 10 ms. */
export function processorTimeUs(pid: number): number {
  try {
    let ns = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`))
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
    if (ns > 0) return ns / 1000;
  } catch {
    // A thread that ended meanwhile, or a kernel without schedstat.
  }
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name is in parentheses and may hold spaces; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND;
}

/** The most physical memory that it has used so far, in bytes (VmHWM). */
export function peakMemoryBytes(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  if (line === null) throw new Error(`/proc/${pid}/status does not say VmHWM`);
  return Number(line[1]) * 1024;
}
