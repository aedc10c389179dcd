/** An object identifier's content, a character for each byte. */
export type PolicyId = string;

/** anyPolicy, 2.5.29.32.0. */
export const ANY_POLICY: PolicyId = Buffer.from('551d2000', 'hex').toString('latin1');

interface PolicyNode {
  readonly policy: PolicyId;
  expected: readonly PolicyId[];
  readonly parents: Set<PolicyNode>;
  readonly children: Set<PolicyNode>;
}

/** The valid policies along a path, one level for each certificate (RFC 9618 section 5). */
export class PolicyGraph {
  readonly #levels: Map<PolicyId, PolicyNode>[] = [new Map([[ANY_POLICY, newNode(ANY_POLICY)]])];
  /** Nodes of the level before the last by the policies that they expect. */
  #byExpected = new Map<PolicyId, PolicyNode[]>();

  /** Begins a level. */
  descend(): void {
    this.#byExpected = new Map();
    for (const node of this.#last.values()) {
      for (const policy of node.expected) {
        const nodes = this.#byExpected.get(policy);
        if (nodes === undefined) this.#byExpected.set(policy, [node]);
        else nodes.push(node);
      }
    }
    this.#levels.push(new Map());
  }

  /** Adds a policy that a certificate names (RFC 5280 section 6.1.3 (d) (1)). */
  add(policy: PolicyId): void {
    const any = this.#beforeLast.get(ANY_POLICY);
    const parents = this.#byExpected.get(policy) ?? (any === undefined ? [] : [any]);
    if (parents.length > 0) this.#insert(policy, parents);
  }

  /** Adds what is expected and not there yet, for a certificate that allows any policy (section 6.1.3 (d) (2)). */
  addMissing(): void {
    const missing = new Map<PolicyId, PolicyNode[]>();
    for (const [policy, parents] of this.#byExpected) {
      if (!this.#last.has(policy)) missing.set(policy, parents);
    }
    for (const [policy, parents] of missing) this.#insert(policy, parents);
  }

  /** Removes what leads nowhere, but for the last level. */
  prune(): void {
    for (let i = this.#levels.length - 2; i > 0; i--) {
      for (const node of this.#levels[i]!.values()) {
        if (node.children.size === 0) remove(this.#levels[i]!, node);
      }
    }
  }

  /** Maps a policy to those that stand for it further down (section 6.1.4 (b)). */
  map(policy: PolicyId, subjects: readonly PolicyId[]): void {
    const any = this.#last.get(ANY_POLICY);
    const node = this.#last.get(policy) ?? (any === undefined ? undefined : this.#insert(policy, [any]));
    if (node !== undefined) node.expected = subjects;
  }

  /** Removes a policy of the last level. */
  delete(policy: PolicyId): void {
    const node = this.#last.get(policy);
    if (node !== undefined) remove(this.#last, node);
  }

  /** Whether any policy is valid for the whole path. */
  get hasValid(): boolean {
    return (
      this.#last.has(ANY_POLICY) || this.#levels.some((level) => level.values().some((node) => isRoot(node)))
    );
  }

  get #last(): Map<PolicyId, PolicyNode> {
    return this.#levels.at(-1)!;
  }

  get #beforeLast(): Map<PolicyId, PolicyNode> {
    return this.#levels.at(-2) ?? new Map();
  }

  #insert(policy: PolicyId, parents: readonly PolicyNode[]): PolicyNode {
    const node = newNode(policy, parents);
    for (const parent of parents) parent.children.add(node);
    this.#last.set(policy, node);
    return node;
  }
}

function newNode(policy: PolicyId, parents: readonly PolicyNode[] = []): PolicyNode {
  return { policy, expected: [policy], parents: new Set(parents), children: new Set() };
}

function remove(level: Map<PolicyId, PolicyNode>, node: PolicyNode): void {
  for (const parent of node.parents) parent.children.delete(node);
  for (const child of node.children) child.parents.delete(node);
  level.delete(node.policy);
}

/** A policy whose only parent is anyPolicy: where the path's own policies begin. */
function isRoot({ policy, parents }: PolicyNode): boolean {
  const [parent] = parents;
  return policy !== ANY_POLICY && parents.size === 1 && parent!.policy === ANY_POLICY;
}
