import type { RegoValue } from '../value.ts';
import { type BuiltinContext, BuiltinError } from './builtin.ts';
import { sortedElements } from './compare.ts';
import { int64Operand, objectOperand, stringOperand } from './operands.ts';
import type { Certificate } from './x509/certificate.ts';
import { certificateValue } from './x509/certificate-value.ts';
import { DerError } from './x509/der.ts';
import { certificatesOf, checkLength } from './x509/text.ts';
import type { Asn1Time } from './x509/time.ts';
import { type VerifyClock, type VerifyOptions, verifiedChain } from './x509/verify.ts';

/** Extended key usages by OPA's names, as Go numbers them. */
const KEY_USAGES: ReadonlyMap<string, number> = new Map(
  [
    'Any',
    'ServerAuth',
    'ClientAuth',
    'CodeSigning',
    'EmailProtection',
    'IPSECEndSystem',
    'IPSECTunnel',
    'IPSECUser',
    'TimeStamping',
    'OCSPSigning',
    'MicrosoftServerGatedCrypto',
    'NetscapeServerGatedCrypto',
    'MicrosoftCommercialCodeSigning',
    'MicrosoftKernelCodeSigning',
  ].map((name, number) => [`KeyUsage${name}`, number]),
);

type Asked = Pick<VerifyOptions, 'dnsName' | 'keyUsages'> & { readonly currentTimeNs: bigint | undefined };

/**
 * `crypto.x509.parse_and_verify_certificates`: `[true, chain]` from the last certificate to the first one, which is
 * trusted, or `[false, []]`. The evaluation is told for how long the answer holds.
 */
export function parseAndVerify(context: BuiltinContext, text: RegoValue | undefined): RegoValue {
  const certificates = readOrNothing(checkedText(text));
  const asked: Asked = { dnsName: '', keyUsages: [], currentTimeNs: undefined };
  return answer(context, certificates, asked, { uriStrings: true });
}

/** As `parseAndVerify` with options: `DNSName`, `CurrentTime` (ns), `KeyUsages`. */
export function parseAndVerifyWithOptions(
  context: BuiltinContext,
  ...[text, options]: RegoValue[]
): RegoValue {
  const checked = checkedText(text);
  const object = objectOperand(options, 2);
  const certificates = readOrNothing(checked);
  if (certificates === undefined) return [false, []];
  return answer(context, certificates, readOptions(object), { uriStrings: false });
}

function checkedText(value: RegoValue | undefined): string {
  const text = stringOperand(value, 1);
  checkLength(text);
  return text;
}

function readOrNothing(text: string): readonly Certificate[] | undefined {
  try {
    return certificatesOf(text);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function answer(
  context: BuiltinContext,
  certificates: readonly Certificate[] | undefined,
  { currentTimeNs, ...asked }: Asked,
  options: { readonly uriStrings: boolean },
): RegoValue {
  if (certificates === undefined || certificates.length < 2) return [false, []];
  const clock = currentTimeNs === undefined ? contextClock(context) : fixedClock(currentTimeNs);
  const chain = verifiedChain(certificates.at(-1)!, {
    root: certificates[0]!,
    intermediates: certificates.slice(1, -1),
    ...asked,
    clock,
  });
  if (chain === undefined) return [false, []];
  return [true, chain.map((certificate) => certificateValue(certificate, options))];
}

function fixedClock(nowNs: bigint): VerifyClock {
  return {
    isBefore: (moment) => nowNs < nanoseconds(moment),
    isAfter: (moment) => nowNs > nanoseconds(moment),
  };
}

/**
 * The evaluation's time. What is found depends on it only through these answers, so it holds as long as they do. The
 * last moment of a certificate belongs to it, but ours is the millisecond before: windows end before their end.
 */
function contextClock(context: BuiltinContext): VerifyClock {
  const clock = fixedClock(context.nowNs);
  return {
    isBefore: (moment) => {
      const before = clock.isBefore(moment);
      if (before) context.narrow(Number.NEGATIVE_INFINITY, moment.wallMs);
      else context.narrow(moment.wallMs, Number.POSITIVE_INFINITY);
      return before;
    },
    isAfter: (moment) => {
      const after = clock.isAfter(moment);
      if (after) context.narrow(moment.wallMs + 1, Number.POSITIVE_INFINITY);
      else context.narrow(Number.NEGATIVE_INFINITY, moment.wallMs);
      return after;
    },
  };
}

/** Certificates' times have no fraction of a second. */
function nanoseconds({ wallMs }: Asn1Time): bigint {
  return BigInt(wallMs) * 1_000_000n;
}

/** Keys that are not strings do not count. */
function readOptions(options: ReadonlyMap<RegoValue, RegoValue>): Asked {
  const names = [...options.keys()].filter((name) => typeof name === 'string');
  if (!names.every((name) => OPTIONS.has(name))) throw new BuiltinError('invalid key option');
  const [dnsName, currentTime, usages] = ['DNSName', 'CurrentTime', 'KeyUsages'].map((name) =>
    options.get(name),
  );
  const limit = options.get('MaxConstraintComparisons');
  // Go takes it, and does nothing with it since its checks need no such limit.
  if (limit !== undefined) int64Operand(limit, 2);
  return {
    dnsName: dnsName === undefined ? '' : unquoted(optionString('DNSName', dnsName)),
    currentTimeNs: currentTime === undefined ? undefined : int64Operand(currentTime, 2),
    keyUsages: usages === undefined ? [] : keyUsages(usages),
  };
}

const OPTIONS: ReadonlySet<string> = new Set([
  'DNSName',
  'CurrentTime',
  'KeyUsages',
  'MaxConstraintComparisons',
]);

function optionString(name: string, value: RegoValue): string {
  if (typeof value !== 'string') throw new BuiltinError(`'${name}' should be a string`);
  return value;
}

/** Elements that are not strings do not count. */
function keyUsages(value: RegoValue): number[] {
  if (!Array.isArray(value) && !(value instanceof Set)) {
    throw new BuiltinError("'KeyUsages' should be an Array or Set");
  }
  const names = (Array.isArray(value) ? value : sortedElements(value)).filter(
    (name) => typeof name === 'string',
  );
  return names.map((name) => {
    const number = KEY_USAGES.get(unquoted(name));
    if (number === undefined) throw new BuiltinError("invalid entries for 'KeyUsages' found");
    return number;
  });
}

function unquoted(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && text[start] === '"') start++;
  while (end > start && text[end - 1] === '"') end--;
  return text.slice(start, end);
}
