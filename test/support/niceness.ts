/** What the threads of a process are worth to Linux (proc_pid_stat(5)). */
import { readdir, readFile } from 'node:fs/promises';

/** Niceness of each thread whose name fits: 0 is the usual, more is less. */
export async function nicenessOf(pid: number, name: RegExp): Promise<number[]> {
  const found: number[] = [];
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'latin1').catch(() => undefined);
    // A name may hold spaces and brackets.
    const [, own, rest] = /^\d+ \((.*)\) (.*)/s.exec(stat ?? '') ?? [];
    if (name.test(own ?? '')) found.push(Number(rest!.split(' ')[16]));
  }
  return found;
}
