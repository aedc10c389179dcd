import { type Alias, isAlias, isCollection, isMap, type Node, type ParsedNode } from 'yaml';
import { PortcullisError } from '../errors.ts';

/**
 * What each alias of a YAML document stands for: the nearest node before it with its anchor, as a later anchor of the
 * same name replaces an earlier one. All at once, because looking for each anchor alone walks the document for every alias.
 * Throws `bundle_data_invalid` where no such anchor stands before, and for nodes deeper than `maxDepth`.
 */
export function aliasTargets(contents: ParsedNode | null, maxDepth: number): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const visit = (node: unknown, depth: number): void => {
    if (depth > maxDepth) throw invalid('the YAML nests too deeply');
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) throw invalid('the YAML holds an alias without an anchor before it');
      targets.set(node, target);
      return;
    }
    const { anchor } = (node ?? {}) as { anchor?: string };
    if (anchor !== undefined) anchors.set(anchor, node as Node);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        visit(key, depth + 1);
        visit(value, depth + 1);
      }
    } else if (isCollection(node)) {
      for (const item of node.items) visit(item, depth + 1);
    }
  };
  visit(contents, 0);
  return targets;
}

function invalid(problem: string): PortcullisError {
  return new PortcullisError('bundle_data_invalid', problem);
}
