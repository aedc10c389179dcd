/** Fetches the tools that tests use. Run by itself it only fetches; under CI a missing tool is a failure. */
import { opaTool } from '../src/authoring/opa-tool.ts';
import { kubernetesSchemas } from '../test/support/kubernetes-schemas.ts';
import {
  curl,
  envoy,
  grpcurl,
  opaEnvoyPlugin,
  openssl,
  pythonWithGrpc,
  underCi,
} from '../test/support/tools.ts';
import { ghz, h2spec, nghttp2 } from '../test/support/wire-tools.ts';

const TOOLS: Readonly<Record<string, () => Promise<string>>> = {
  opa: () => opaTool({ onInstall: (message) => console.error(message) }),
  'opa-envoy-plugin': opaEnvoyPlugin,
  grpcurl,
  python: pythonWithGrpc,
  openssl,
  curl,
  envoy,
  h2spec,
  ghz,
  nghttp2,
  'kubernetes-schemas': kubernetesSchemas,
};

/** The names of the tools that cannot be had. Ends the process when that happens under CI. */
export async function missingTools(): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  for (const [name, find] of Object.entries(TOOLS)) {
    try {
      await find();
    } catch (error) {
      console.error(`${name} cannot be had: ${(error as Error).message}`);
      missing.add(name);
    }
  }
  if (missing.size > 0 && underCi) process.exit(1);
  return missing;
}

if (import.meta.main) await missingTools();
