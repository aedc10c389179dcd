/** The load generator, in a process of its own: a job as JSON in its first argument, the result as JSON on standard output. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Connection, type Listener, openConnection } from './connection.ts';
import { type Job, readMessages } from './job.ts';
import { closedLoop, openLoop } from './loops.ts';
import { requestsOf } from './requests.ts';

const job = JSON.parse(process.argv[2]!) as Job;
const { target, perSecond } = job;
const ca = target.caFile === undefined ? undefined : await readFile(target.caFile, 'utf8');
const messages = await readMessages(job.messagesFile);
const opened: Connection[] = [];

const connect = async (listener: Listener): Promise<readonly Connection[]> => {
  for (let connection = 0; connection < job.connections; connection++) {
    const own = messages.filter((_, i) => i % job.connections === connection);
    const asked = own.length > 0 ? own : messages;
    const scheme = ca === undefined ? 'http' : 'https';
    const { protocol, path } = target;
    const { sameHeaders } = job;
    const name = `${protocol}-${scheme}-${sameHeaders === true ? 'same-' : ''}${connection}-${job.connections}-${asked.length}.blocks`;
    const requests = await requestsOf(asked, {
      protocol,
      scheme,
      path,
      connection,
      sameHeaders,
      blocksFile: join(dirname(job.messagesFile), '..', name),
    });
    opened.push(await openConnection(target, requests, listener, connection, ca));
  }
  return opened;
};

const records: number[] = [];
const result =
  perSecond === undefined
    ? await closedLoop(job, connect)
    : await openLoop({ ...job, perSecond }, connect, (dueMs, latencyUs) => {
        if (job.latenciesFile !== undefined) records.push(performance.timeOrigin + dueMs, latencyUs);
      });
if (job.latenciesFile !== undefined)
  await writeFile(job.latenciesFile, new Uint8Array(Float64Array.from(records).buffer));
for (const connection of opened) connection.close();
process.stdout.write(JSON.stringify(result));
