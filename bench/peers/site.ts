/** A policy set made ready for all peers: files, bundle and keys, messages; once for a run. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOpa } from '../../src/authoring/opa-tool.ts';
import { type Protocol, writeMessages } from './load/job.ts';
import { run } from './processes.ts';
import type { PolicySet } from './sets/policy-set.ts';
import { type Traffic, trafficOf } from './traffic.ts';

export interface Site {
  readonly set: PolicySet;
  readonly traffic: Traffic;
  /** With everything below. */
  readonly folder: string;
  /** `policy.rego` and `data.json`. */
  readonly policies: string;
  readonly bundle: string;
  readonly publicKey: string;
  readonly messages: Readonly<Partial<Record<Protocol, string>>>;
  /** A second archive of the same policies, with more data, for reloads: `sequence` tells them apart. */
  archive(sequence: number): Promise<string>;
}

/** What of the traffic OPA itself is asked for, to see that the answers we expect are right. */
const CHECKED = 400;

/** Writes the files, builds and signs the bundle with `portcullis` of `main`, and checks with OPA what answers are right. */
export async function siteOf(set: PolicySet, main: string, parent: string): Promise<Site> {
  const folder = join(parent, set.name);
  const policies = join(folder, 'policies');
  await mkdir(policies, { recursive: true });
  await writeFile(join(policies, 'policy.rego'), set.rego);
  await writeFile(join(policies, 'data.json'), set.dataJson);
  const key = join(folder, 'bench');
  await run(process.execPath, [main, 'keys', 'generate', '--out', key]);
  const build = async (sources: string, out: string, sequence: number): Promise<string> => {
    const args = ['build', sources, '--out', out, '--key', `${key}.key.pem`, '--key-id', 'bench'];
    await run(process.execPath, [
      main,
      ...args,
      '--sequence',
      String(sequence),
      '--revision',
      `r${sequence}`,
    ]);
    return out;
  };
  const traffic = trafficOf(set);
  const messages: Partial<Record<Protocol, string>> = {};
  for (const [protocol, list] of Object.entries(traffic.messages)) {
    messages[protocol as Protocol] = join(folder, `${protocol}.messages`);
    await writeMessages(messages[protocol as Protocol]!, list);
  }
  await checkWithOpa(set, traffic, policies);
  return {
    set,
    traffic,
    folder,
    policies,
    bundle: await build(policies, join(folder, 'bundle.tar.gz'), 1),
    publicKey: `${key}.pub.pem`,
    messages,
    archive: async (sequence) => {
      const changed = join(folder, `policies-${sequence}`);
      await mkdir(changed, { recursive: true });
      await writeFile(join(changed, 'policy.rego'), set.rego);
      const data = { ...(JSON.parse(set.dataJson) as object), build: sequence };
      await writeFile(join(changed, 'data.json'), JSON.stringify(data));
      return build(changed, join(folder, `bundle-${sequence}.tar.gz`), sequence);
    },
  };
}

/** Rejects when OPA answers otherwise than the rules that the traffic was made by. */
async function checkWithOpa(set: PolicySet, traffic: Traffic, policies: string): Promise<void> {
  const query = '[answer | some question in input; answer := data.envoy.authz.allow with input as question]';
  const args = ['eval', '--format=raw', '--stdin-input', '--data', policies, query];
  const inputs = traffic.inputs.slice(0, CHECKED);
  const { exitCode, stdout, stderr } = await runOpa(args, { stdin: JSON.stringify(inputs) });
  if (exitCode !== 0) throw new Error(`opa eval: ${stderr}${stdout.toString()}`);
  const answers = JSON.parse(stdout.toString()) as boolean[];
  const wrong = answers.findIndex((answer, i) => answer !== traffic.wishes[i]!.allowed);
  if (answers.length !== inputs.length || wrong >= 0)
    throw new Error(`${set.name}: OPA answers request ${wrong} otherwise: ${JSON.stringify(inputs[wrong])}`);
}
