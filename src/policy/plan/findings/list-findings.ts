import type { ManifestFinding } from '../../../bundle/bundle.ts';
import { canonicalJson } from '../../../json/canonical.ts';
import type { JsonObject } from '../../../json/value.ts';
import { planOf } from '../plan-of.ts';
import { MAX_DATA_DEPTH, readDocument } from '../read-document.ts';
import { planFindings } from './plan-findings.ts';

/**
 * Where a module may answer otherwise than OPA, as its plan and the bundle's data tell: one row for each entrypoint and place, in the
 * form of the manifest. Throws PortcullisError `bundle_plan_invalid`.
 */
export function listFindings(plan: Uint8Array, data: JsonObject): ManifestFinding[] {
  const document = readDocument(Buffer.from(canonicalJson(data)), MAX_DATA_DEPTH);
  return Array.from(planFindings(planOf(plan), document)).flatMap(([entrypoint, findings]) =>
    findings.map(({ kind, at, certain, message }) => ({
      entrypoint,
      kind,
      place: `${at.file}:${at.row}:${at.col}`,
      certain,
      message,
    })),
  );
}
