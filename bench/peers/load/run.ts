/** Runs jobs of load in a process of its own, on the client's CPU. */
import { fileURLToPath } from 'node:url';
import { type Cpu, run } from '../processes.ts';
import type { Job, JobResult } from './job.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** Rejects when an answer was wrong: what answers wrongly is not measured. Calls that failed are told in the result. */
export async function runLoad(job: Job, cpu: Cpu): Promise<JobResult> {
  const printed = await run(process.execPath, [CHILD, JSON.stringify(job)], { cpu });
  const result = JSON.parse(printed) as JobResult;
  if (result.wrong > 0) throw new Error(`${result.wrong} answers were wrong`);
  return result;
}
