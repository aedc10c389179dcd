/**
 * What finding out the footprints of a plan takes: milliseconds of CPU in this thread, the first time in a process and the mean of later ones,
 * beside reading the plan. For the demo's bundle, for a role policy, and for that with a million users in the data. `npx node bench/footprint.ts`;
 * docs/adr/0016 quotes it.
 */
import { parseJson } from '../src/json/parse.ts';
import type { JsonObject } from '../src/json/value.ts';
import { footprintsOf } from '../src/policy/plan/footprint/footprints-of.ts';
import { readPlan } from '../src/policy/plan/read-plan.ts';
import { demoBundle } from '../test/support/demo-bundle.ts';
import { buildPlan } from '../test/support/rego-plan.ts';

const MEASURED_MS = 500;

const ROLES = `package roles

import rego.v1

default allow := false

allow if {
  some role in data.users[input.user].roles
  some grant in data.grants[role]
  grant.action == input.action
  grant.type == input.resource.type
}

allow if "admin" in data.users[input.user].roles
`;

/** Of this thread: CPU time, where other programs run beside it. */
function milliseconds(run: () => void): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** The clock of a thread is coarse: one run may be shorter than its steps. */
function mean(run: () => void): number {
  let spent = 0;
  let rounds = 0;
  for (; spent < MEASURED_MS; rounds += 5) {
    spent += milliseconds(() => {
      for (let i = 0; i < 5; i++) run();
    });
  }
  return spent / rounds;
}

function measure(name: string, bytes: Uint8Array, data: JsonObject): void {
  const plan = readPlan(bytes);
  const first = milliseconds(() => footprintsOf(plan, data));
  const reading = mean(() => readPlan(bytes));
  const later = mean(() => footprintsOf(plan, data));
  const kilobytes = (bytes.length / 1024).toFixed(0);
  console.log(
    `${name} (plan of ${kilobytes} KB, ${plan.entrypoints.size} entrypoints): first ${first.toFixed(1)} ms, later ${later.toFixed(2)} ms; reading the plan ${reading.toFixed(2)} ms`,
  );
}

const roles = await buildPlan([ROLES], ['roles/allow']);
const data: JsonObject = Object.create(null) as JsonObject;
data['users'] = parseJson('{"ada":{"roles":["admin"]}}');
data['grants'] = parseJson('{"admin":[{"action":"read","type":"doc"}]}');

const { descriptor } = await demoBundle();
measure(
  'demo',
  descriptor.modules[0]!.plan!,
  parseJson(Buffer.from(descriptor.dataJson).toString()) as JsonObject,
);
measure('roles', roles, data);
const users = Object.create(null) as JsonObject;
for (let i = 0; i < 1_000_000; i++) users[`user${i}`] = { roles: ['reader'] };
measure('roles, a million users', roles, { ...data, users });
