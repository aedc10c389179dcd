import type { WorkBudget } from '../work-budget.ts';
import type { Certificate } from './certificate.ts';
import { ANY_POLICY, PolicyGraph, type PolicyId } from './policy-graph.ts';

/** How many more certificates until policies must be explicit, and may no longer be mapped or be any. */
interface Counters {
  explicit: bigint;
  mapping: bigint;
  any: bigint;
}

/**
 * Whether the certificate policies along the chain are valid (RFC 5280 section 6.1, RFC 9618), where any policy will
 * do: Go's policiesValid. The chain begins with the leaf. Each policy and each mapping costs a unit.
 */
export function arePoliciesValid(chain: readonly Certificate[], budget: WorkBudget): boolean {
  const below = chain.length - 1;
  if (below === 0) return true;
  const start = BigInt(below + 1);
  const counters: Counters = { explicit: start, mapping: start, any: start };
  let graph: PolicyGraph | undefined = new PolicyGraph();
  for (let i = below - 1; i >= 0; i--) {
    const certificate = chain[i]!;
    const isSelfIssued = certificate.issuerBytes.equals(certificate.subjectBytes);
    budget.spend((certificate.fields.policies?.length ?? 0) + certificate.fields.policyMappings.length);
    const policies = (certificate.fields.policies ?? []).map(idOf);
    if (policies.length === 0) graph = undefined;
    if (counters.explicit === 0n && graph === undefined) return false;
    if (graph !== undefined) {
      const mayBeAny = counters.any > 0n || (i > 0 && isSelfIssued);
      addPolicies(graph, policies, mayBeAny);
      if (i > 0 && !mapPolicies(graph, certificate, counters.mapping > 0n)) return false;
    }
    if (i > 0) count(counters, certificate, isSelfIssued);
  }
  const left = chain[0]!.fields.requireExplicitPolicy === 0n ? 0n : decremented(counters.explicit);
  return left !== 0n || graph?.hasValid === true;
}

function idOf(content: Buffer): PolicyId {
  return content.toString('latin1');
}

function addPolicies(graph: PolicyGraph, policies: readonly PolicyId[], mayBeAny: boolean): void {
  graph.descend();
  for (const policy of policies) if (policy !== ANY_POLICY) graph.add(policy);
  if (mayBeAny && policies.includes(ANY_POLICY)) graph.addMissing();
  graph.prune();
}

/** Whether the certificate's mappings are allowed. Where no more may be, the mapped policies are removed. */
function mapPolicies(graph: PolicyGraph, certificate: Certificate, isAllowed: boolean): boolean {
  const mappings = new Map<PolicyId, PolicyId[]>();
  for (const mapping of certificate.fields.policyMappings) {
    const [issuer, subject] = [idOf(mapping.issuer), idOf(mapping.subject)];
    if (!isAllowed) {
      graph.delete(issuer);
      continue;
    }
    if (issuer === ANY_POLICY || subject === ANY_POLICY) return false;
    const subjects = mappings.get(issuer);
    if (subjects === undefined) mappings.set(issuer, [subject]);
    else subjects.push(subject);
  }
  if (certificate.fields.policyMappings.length > 0) graph.prune();
  for (const [issuer, subjects] of mappings) graph.map(issuer, subjects);
  return true;
}

function count(counters: Counters, { fields }: Certificate, isSelfIssued: boolean): void {
  if (!isSelfIssued) {
    counters.explicit = decremented(counters.explicit);
    counters.mapping = decremented(counters.mapping);
    counters.any = decremented(counters.any);
  }
  counters.explicit = lowered(counters.explicit, fields.requireExplicitPolicy);
  counters.mapping = lowered(counters.mapping, fields.inhibitPolicyMapping);
  counters.any = lowered(counters.any, fields.inhibitAnyPolicy);
}

function decremented(counter: bigint): bigint {
  return counter > 0n ? counter - 1n : counter;
}

/** A limit below zero is none. */
function lowered(counter: bigint, limit: bigint | undefined): bigint {
  return limit !== undefined && limit >= 0n && limit < counter ? limit : counter;
}
