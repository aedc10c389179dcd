/** The commands that a document shows, with what it says they print. */

export interface ConsoleStep {
  readonly command: string;
  /** Line by line. */
  readonly printed: readonly string[];
}

/**
 * The steps in all blocks ```` ```console ```` of a Markdown text, in order: a command follows `$ `, goes on behind a `\` at
 * the end of its line, and what follows up to the next one is what it prints.
 */
export function consoleSteps(markdown: string): ConsoleStep[] {
  const blocks = [...markdown.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block]) => block!);
  return blocks.flatMap((block) =>
    block
      .replaceAll('\\\n', '\\\r')
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command, ...printed] = step.trimEnd().split('\n');
        return { command: command!.replaceAll('\\\r', '\\\n'), printed };
      }),
  );
}
