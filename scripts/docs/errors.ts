/** docs/errors.md from the table in src/error-table.ts. */
import { ERRORS, type ErrorCode } from '../../src/errors.ts';

const GROUPS: readonly (readonly [title: string, text: string, pattern: RegExp])[] = [
  ['Archives', 'A bundle whose archive has one of these is not read further.', /^archive_/],
  ['Signatures', 'A bundle whose signature has one of these is not believed.', /^signature_/],
  ['Bundles', 'A bundle with one of these does not go live; what was active stays active.', /^bundle_/],
  ['JSON', 'Documents that cannot be read.', /^json_/],
  ['Everything else', 'Calls, decisions, configuration and tools.', /^/],
];

export function pages(): Promise<Readonly<Record<string, string>>> {
  const left = new Set(Object.keys(ERRORS) as ErrorCode[]);
  const sections = GROUPS.map(([title, text, pattern]) => {
    const codes = [...left].filter((code) => pattern.test(code));
    for (const code of codes) left.delete(code);
    return [`## ${title}`, '', text, '', ...table(codes)].join('\n');
  });
  return Promise.resolve({ 'docs/errors.md': `${[INTRODUCTION, ...sections].join('\n\n')}\n` });
}

function table(codes: readonly ErrorCode[]): string[] {
  const rows = codes.map((code) => {
    const { grpc, http, retry, help } = ERRORS[code];
    return `| \`${code}\` | ${grpc} | ${http} | ${retry ? 'yes' : 'no'} | ${help} |`;
  });
  return ['| Code | gRPC | HTTP | Retry | What to do |', '|---|---|---|---|---|', ...rows];
}

const INTRODUCTION = `# Errors

<!-- Generated from src/error-table.ts by \`npm run docs\`. Do not edit. -->

Every failure has one of these codes. They are stable: in the log, in \`/v1/status\`, on the command line
(\`error [code]: message\`) and as labels of metrics. A denial is never an error: Check and BatchCheck answer it with
gRPC status OK, and its \`status\` says why.

*Retry* says whether the same call may succeed later.`;
