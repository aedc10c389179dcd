// needs: opa
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@bufbuild/protobuf';
import { status as GrpcStatus, type ServiceError } from '@grpc/grpc-js';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { runCli } from '../../src/cli/program.ts';
import { type Decision, DecisionService, StatusSchema } from '../../src/gen/portcullis/v1/decision_pb.ts';
import type { GrpcClient } from '../support/grpc-client.ts';
import { recordingIo } from '../support/run-cli.ts';
import { QUIET_CONFIG, ServerSite } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';

const root = join(fileURLToPath(import.meta.url), '../../..');

const ECHO = `package echo

# METADATA
# entrypoint: true
decision := {"allowed": same, "reasons": [sprintf("%v", [input])], "echo": input}

same := object.get(input, ["subject", "a"], 0) == object.get(input, ["action", "a"], 0)

# METADATA
# entrypoint: true
plain if input.subject == input.action

# METADATA
# entrypoint: true
size := count(json.marshal(input))

# METADATA
# entrypoint: true
clash := true if input.subject.clash

clash := false if input.action.clash

# METADATA
# entrypoint: true
default whole := "no input"

whole := input
`;

/** A policy set behind every API. */
interface Subject {
  readonly policySet: string;
  readonly bundleFile: string;
  readonly keyFile: string;
  readonly client: GrpcClient;
  readonly url: string;
}

/** An input that every API can carry; undefined for none. */
type Input = Readonly<Record<'subject' | 'action' | 'resource' | 'context', JsonObject>> | undefined;

/** What came of a question: the value as text, undefined for none, or the gRPC status of the failure. */
type Outcome = { readonly value: string | undefined } | { readonly failed: string };

async function subjectOf(
  t: TestContext,
  name: string,
  archive: Uint8Array,
  publicKeyPem: string,
): Promise<Subject> {
  const config = `${QUIET_CONFIG}keys: { ${name}: { file: key.pem } }
policySets:
  ${name}: { bundles: { policy: { source: file:bundle.tar.gz, verification: { keys: [${name}] } } } }
`;
  const site = await ServerSite.create(t, config, { 'key.pem': publicKeyPem, 'bundle.tar.gz': archive });
  const { addresses } = await site.start();
  assert.ok(addresses.http?.kind === 'tcp');
  return {
    policySet: name,
    bundleFile: site.path('bundle.tar.gz'),
    keyFile: site.path('key.pem'),
    client: site.client(addresses.grpc),
    url: `http://127.0.0.1:${addresses.http.port}/v1/data`,
  };
}

const asJson = (input: Input) => ({ case: 'json' as const, value: Buffer.from(JSON.stringify(input)) });

/** The question in every form that gRPC has. */
function forms(input: Input) {
  if (input === undefined) return { none: { case: undefined } };
  return {
    json: asJson(input),
    struct: { case: 'struct' as const, value: input },
    access: { case: 'access' as const, value: input },
  };
}

async function evaluated(
  { client, policySet }: Subject,
  question: { entrypoint: string; input: ReturnType<typeof asJson> | { case: undefined }; noCache: boolean },
): Promise<Outcome & { readonly cached?: boolean }> {
  try {
    const { valueJson, cached } = await client.call(DecisionService.method.evaluate, {
      question: { ...question, policySet },
    });
    return { value: valueJson && Buffer.from(valueJson).toString(), cached };
  } catch (error) {
    return { failed: GrpcStatus[(error as ServiceError).code] };
  }
}

/** The raw text of one member of an object that is written as ours are: it is the last one. */
function lastMember(text: string, key: string): string | undefined {
  const at = text.indexOf(`"${key}":`);
  return at < 0 ? undefined : text.slice(at + key.length + 3, text.lastIndexOf('}'));
}

async function overHttp(url: string, init?: RequestInit): Promise<Outcome> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (response.status !== 200)
    return { failed: { 500: 'INTERNAL' }[response.status] ?? String(response.status) };
  const warned = text.indexOf(',"warning":');
  return { value: lastMember(warned < 0 ? text : `${text.slice(0, warned)}}`, 'result') };
}

async function offline(
  subject: Subject,
  entrypoint: string,
  input: Input,
): Promise<Outcome & { readonly status?: string }> {
  const { io, printed } = recordingIo({ cwd: root });
  const asked = input === undefined ? [] : ['--input', JSON.stringify(input)];
  const key = `${subject.policySet}=${subject.keyFile}`;
  const code = await runCli(
    ['eval', '--bundle', subject.bundleFile, '--key', key, '--entrypoint', entrypoint, '--json', ...asked],
    io,
  );
  if (code > 1)
    return { failed: /\[evaluation_(?:failed|conflict)\]/.test(printed.err) ? 'INTERNAL' : printed.err };
  const { status } = JSON.parse(printed.out) as { status: string };
  return { value: lastMember(printed.out, 'value'), status };
}

/** A decision without what differs from one to the next. */
function essence({ allowed, status, reasons, obligations, provenance }: Decision): object {
  return {
    allowed,
    status: StatusSchema.value[status]!.name,
    reasons,
    obligations,
    digest: provenance!.digest,
  };
}

interface Agreed {
  readonly outcome: Outcome;
  readonly decision: object;
  /** Whether the question was answered from the cache when it was asked again. */
  readonly cached: boolean;
}

/** Asks through every API, and says what they all answered. */
async function agreed(subject: Subject, entrypoint: string, input: Input): Promise<Agreed> {
  const { client, policySet, url } = subject;
  const inputs = Object.entries(forms(input));
  const text = input === undefined ? undefined : JSON.stringify(input);
  const { status, ...expected } = await offline(subject, entrypoint, input);
  const outcomes: [string, Outcome][] = [];
  for (const noCache of [true, false, false]) {
    for (const [form, asked] of inputs) {
      const { cached, ...outcome } = await evaluated(subject, {
        entrypoint,
        input: asked as ReturnType<typeof asJson>,
        noCache,
      });
      if (noCache && cached !== undefined) assert.equal(cached, false);
      outcomes.push([`Evaluate ${form}`, outcome]);
    }
  }
  const post = { method: 'POST', body: text === undefined ? '{}' : `{"input":${text}}` };
  outcomes.push(['POST', await overHttp(`${url}/${entrypoint}`, post)]);
  const query = text === undefined ? '' : `?input=${encodeURIComponent(text)}`;
  outcomes.push(['GET', await overHttp(`${url}/${entrypoint}${query}`)]);
  for (const [api, outcome] of outcomes) assert.deepEqual(outcome, expected, `${api} ${entrypoint} ${text}`);

  const questions = [true, false].flatMap((noCache) =>
    inputs.map(([, asked]) => ({
      policySet,
      entrypoint,
      input: asked as ReturnType<typeof asJson>,
      noCache,
    })),
  );
  const checks = await Promise.all(
    questions.map((question) => client.call(DecisionService.method.check, { question })),
  );
  const { decisions: batched } = await client.call(DecisionService.method.batchCheck, { questions });
  const decisions = [...checks.map(({ decision }) => decision!), ...batched].map(essence);
  for (const decision of decisions) assert.deepEqual(decision, decisions[0], `${entrypoint} ${text}`);
  if (status !== undefined)
    assert.equal((decisions[0] as { status: string }).status, `STATUS_${status.toUpperCase()}`);
  return { outcome: expected, decision: decisions[0]!, cached: checks.at(-1)!.decision!.cached };
}

let echoArchive: Uint8Array;
const signer = new Signer('echo');
before(async () => {
  echoArchive = await signer.archive(await bundleOf({ 'echo.rego': ECHO }));
});

test('any document: every API gives the same value, character by character', async (t) => {
  const echo = await subjectOf(t, 'echo', echoArchive, signer.publicKeyPem);
  // A Struct's numbers are doubles, and JavaScript writes them as it does; whole strings, for half a pair is not UTF-8.
  const string = fc.string({
    unit: fc.constantFrom('a', 'b', '"', '\\', 'é', '\u0000', '😀', '\u2028', '/', '<'),
  });
  const number = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
  );
  const { value } = fc.letrec<{ value: JsonObject[string] }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, false),
      number,
      string,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(string, tie('value'), { maxKeys: 3 }),
    ),
  }));
  const part = fc.dictionary(fc.constantFrom('a', 'b', 'clash', '', 'é'), value, {
    maxKeys: 3,
    noNullPrototype: true,
  });
  const input = fc.record({ subject: part, action: part, resource: part, context: part });
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      input,
      fc.constantFrom('echo/decision', 'echo/plain', 'echo/size', 'echo/clash', 'echo/whole'),
      async (document, entrypoint) => {
        const { cached, decision, outcome } = await agreed(echo, entrypoint, document);
        assert.equal(cached, !('failed' in outcome));
        const { status } = decision as { status: string };
        seen.set(status, (seen.get(status) ?? 0) + 1);
      },
    ),
    { numRuns: 100 },
  );
  t.diagnostic(JSON.stringify(Object.fromEntries(seen)));
});

test('what cannot be random: no input, conflicts, undefined', async (t) => {
  const echo = await subjectOf(t, 'echo', echoArchive, signer.publicKeyPem);
  const empty = { subject: {}, action: {}, resource: {}, context: {} };
  const rows: readonly (readonly [entrypoint: string, input: Input, outcome: Outcome, status: string])[] = [
    ['echo/whole', undefined, { value: '"no input"' }, 'STATUS_NOT_A_DECISION'],
    ['echo/decision', undefined, { value: undefined }, 'STATUS_UNDEFINED'],
    ['echo/plain', empty, { value: 'true' }, 'STATUS_ALLOWED'],
    ['echo/plain', { ...empty, subject: { a: 1 } }, { value: undefined }, 'STATUS_UNDEFINED'],
    ['echo/clash', { ...empty, subject: { clash: 1 } }, { value: 'true' }, 'STATUS_ALLOWED'],
    ['echo/clash', { ...empty, action: { clash: 1 } }, { value: 'false' }, 'STATUS_DENIED'],
    [
      'echo/clash',
      { ...empty, subject: { clash: 1 }, action: { clash: 1 } },
      { failed: 'INTERNAL' },
      'STATUS_EVALUATION_FAILED',
    ],
  ];
  for (const [entrypoint, input, outcome, status] of rows) {
    const answer = await agreed(echo, entrypoint, input);
    assert.deepEqual(answer.outcome, outcome);
    assert.equal((answer.decision as { status: string }).status, status);
  }
});

test('the shop: every API gives the same decision', async (t) => {
  const archive = await readFile(join(root, 'bundles/shop.tar.gz'));
  const shop = await subjectOf(
    t,
    'shop',
    archive,
    await readFile(join(root, 'bundles/shop.pub.pem'), 'utf8'),
  );
  const vectors = parseYaml(await readFile(join(root, 'policies/shop/vectors.yaml'), 'utf8'), {
    maxAliasCount: -1,
  }) as { now?: string; input?: Record<string, JsonObject> }[];
  // Those with a time of their own depend on the clock, and it runs between two APIs.
  const inputs = vectors
    .filter(({ now }) => now === undefined)
    .flatMap(({ input }) => (input === undefined ? [] : [input]));
  const some = (key: string): fc.Arbitrary<JsonObject> =>
    fc.constantFrom({}, ...inputs.map((input) => input[key]).filter((part) => part !== undefined));
  const input = fc.record({
    subject: some('subject'),
    action: fc.oneof(
      some('action'),
      fc.record({ method: fc.constant('POST'), amount: fc.constantFrom(0, 1, 0.5, 80, 1e9) }),
    ),
    resource: some('resource'),
    context: fc.constant({}),
  });
  const seen = new Map<unknown, number>();
  await fc.assert(
    fc.asyncProperty(
      input,
      fc.constantFrom('shop/authz/decision', 'shop/authz/allow'),
      async (document, entrypoint) => {
        const { allowed } = (await agreed(shop, entrypoint, document)).decision as { allowed: boolean };
        seen.set(allowed, (seen.get(allowed) ?? 0) + 1);
      },
    ),
    { numRuns: 60 },
  );
  t.diagnostic(`allowed ${seen.get(true) ?? 0}, denied ${seen.get(false) ?? 0}`);
});
