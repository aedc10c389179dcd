/** The parts of docs/configuration.md that no schema knows. */

export const CONFIGURATION_EXAMPLE: string = `# yaml-language-server: $schema=./portcullis.schema.json
stateDir: /var/lib/portcullis
grpc:
  address: 0.0.0.0:9191
  tls:
    certFile: tls/server.pem
    keyFile: tls/server.key
    clientCaFile: tls/clients.pem
    requireClientCert: true
http: { address: 127.0.0.1:8181 }
admin: { address: unix:/run/portcullis-admin.sock }
clients:
  gateway:
    spiffe: [spiffe://prod/ns/edge/sa/gateway]
    policySets: [shop]
    methods: [check, batch-check, health]
keys:
  shop: { algorithm: ES256, file: keys/shop.pub.pem }
policySets:
  shop:
    bundles:
      policy:
        source: file:bundles/shop.tar.gz
        verification: { keys: [shop] }
        requireVectors: true
    entrypoints: [shop/authz/decision]
cache: { maxBytes: 256MiB, maxAge: 10m }
decisionLog:
  sinks: [{ type: file, path: /var/log/portcullis/decisions.jsonl }]
  mask: [/input/token]
`;

export const CONFIGURATION_INTRODUCTION: string = `# Configuration

<!-- Generated from src/config by \`npm run docs\`. Do not edit. -->

One YAML file, checked as a whole before anything starts: every mistake is reported at once, each with its place and what
to write instead. Unknown keys are mistakes.

\`\`\`yaml
${CONFIGURATION_EXAMPLE}\`\`\`

\`\`\`sh
portcullis config check    # right, or every mistake with its place
portcullis config print    # what is in effect, without secrets, and where each value comes from
portcullis config schema   # the JSON Schema, for editors
\`\`\`

## Where values come from

Defaults, then the file, then the environment, then flags; the later goes before the earlier.

- **File**: \`--config\`, or the variable \`PORTCULLIS_CONFIG\`, or \`portcullis.yaml\` in the working folder. \`\${VARIABLE}\` is not
  expanded.
- **Environment**: a variable for every single value, such as \`PORTCULLIS_GRPC_ADDRESS\` for \`grpc.address\`
  ([the list](#environment-variables)). An empty variable counts as unset. An unknown \`PORTCULLIS_\` variable is a warning.
- **Flags**: \`--set path=value\`, for any place: \`--set cache.maxAge=10m\`, \`--set 'runtime.env=[REGION]'\`. The value is YAML.

## How values are written

- **size**: bytes, or with \`KiB\`, \`MiB\` or \`GiB\` (powers of 1024).
- **duration**: \`500ms\`, \`30s\`, \`5m\`, \`1h\`, \`2d\`, or a sum such as \`1h30m\`.
- **path**: relative to the folder of the file; in the environment and in flags, to the working folder.
- **address**: \`host:port\`, \`[ipv6]:port\` or \`unix:/path\`. Port 0 picks a free port.
- **source**: \`file:path\`.
- **names** of keys, clients, policy sets and bundles: letters, digits, \`-\` and \`_\`, at most 64.`;
