/** docs/cli.md from the help of the commands. */
import type { Command } from 'commander';
import type { CliIo } from '../../src/cli/io.ts';
import { createProgram } from '../../src/cli/program.ts';

export async function pages(): Promise<Readonly<Record<string, string>>> {
  const program = await createProgram(quietIo(), () => {});
  const sections = leaves(program).map((command) => section(command));
  const text = [INTRODUCTION, fenced(helpOf(program)), ...sections].join('\n\n');
  return { 'docs/cli.md': `${text}\n` };
}

/** Commands that do something, in the order of the help. */
function leaves(command: Command): Command[] {
  return command.commands.flatMap((child) => (child.commands.length > 0 ? leaves(child) : [child]));
}

function section(command: Command): string {
  return `## ${fullName(command)}\n\n${fenced(helpOf(command))}`;
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text.trim();
}

function fenced(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}

function quietIo(): CliIo {
  const nowhere = { write: (): void => {} };
  return {
    stdout: nowhere,
    stderr: nowhere,
    stdin: () => Promise.resolve(new Uint8Array()),
    isTty: false,
    color: false,
    cwd: '/',
    env: {},
    signal: new AbortController().signal,
    onReload: () => () => {},
  };
}

const INTRODUCTION = `# Command line

<!-- Generated from src/cli by \`npm run docs\`. Do not edit. -->

In a clone, \`npm run portcullis --\` stands for \`portcullis\`.

| Exit code | Means |
|---|---|
| 0 | yes: allowed, verified, passed, done |
| 1 | no: denied, not verified, tests failed, policy does not compile |
| 2 | wrong usage or configuration |
| 3 | failure at run time: a file, a socket, a server, a defect |

Errors are printed on standard error as \`error [code]: message\`, followed by what to do; the codes are in
[errors.md](errors.md). Commands whose output is data print text on a terminal and JSON elsewhere; \`--json\` and \`--no-json\`
decide. Colours follow \`NO_COLOR\` and \`FORCE_COLOR\`.`;
