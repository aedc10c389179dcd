/** Loads the configuration: defaults < file < environment < flags. */
import { readFile as readFileFromDisk } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { PortcullisError, toPortcullisError } from '../errors.ts';
import type { Environment } from './environment.ts';
import { type ConfigPath, formatPath, type Mistake } from './mistake.ts';
import { applyOverlays, environmentOverlays, flagOverlays, type Overlay } from './overlay.ts';
import { parseConfig } from './parse.ts';
import type { Config } from './schema.ts';
import { readYaml, type YamlFile } from './yaml-file.ts';

export interface LoadOptions {
  /** The YAML file; without one, environment and flags alone. */
  readonly file?: string | undefined;
  readonly environment: Environment;
  /** `path=value`, each the value of one `--set`. */
  readonly set?: readonly string[] | undefined;
  /** What relative paths in the environment and in flags are relative to; those in the file are relative to its folder. */
  readonly cwd: string;
  readonly readFile?: ((path: string) => Promise<string>) | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where a value comes from: `portcullis.yaml:3:5`, a variable, a flag or `default`. */
  readonly origin: (path: ConfigPath) => string;
  /** What is no mistake but looks like one. */
  readonly warnings: readonly string[];
}

/** Throws PortcullisError: `config_invalid` with every mistake and its place, `io_failed` when the file cannot be read. */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const file = options.file === undefined ? undefined : resolve(options.cwd, options.file);
  const fileName = file === undefined ? '' : relative(options.cwd, file).replace(/^\.\.\/.*/s, file);
  const yaml = readYaml(file === undefined ? '' : await read(file, options.readFile));
  const environment = environmentOverlays(options.environment);
  const flags = flagOverlays(options.set ?? []);
  const overlays = [...environment.overlays, ...flags.overlays];

  const place = (path: ConfigPath): string => {
    const overlay = overlayAt(overlays, path);
    if (overlay !== undefined) return overlay.origin;
    if (file === undefined) return 'configuration';
    const { line, column } = yaml.position(path);
    return `${fileName}:${line}:${column}`;
  };
  const folderOf = (path: ConfigPath): string =>
    file === undefined || overlayAt(overlays, path) !== undefined ? options.cwd : dirname(file);

  const unreadable = [
    ...yaml.mistakes.map(
      ({ position, message }) => `${fileName}:${position.line}:${position.column}: ${message}`,
    ),
    ...flags.unreadable.map((name) => `--set ${name}: write path=value, for example cache.maxAge=10m`),
  ];
  if (unreadable.length > 0) throw invalid(unreadable);
  const { config, mistakes } = parseConfig(applyOverlays(yaml.written, overlays), folderOf);
  if (config === undefined) throw invalid(mistakes.map((mistake) => line(mistake, place)));

  const origin = (path: ConfigPath): string => {
    const written = overlayAt(overlays, path) !== undefined || isWritten(yaml, path);
    return written ? place(path) : 'default';
  };
  return { config, origin, warnings: environment.warnings };
}

async function read(file: string, readFile: LoadOptions['readFile']): Promise<string> {
  try {
    return await (readFile?.(file) ?? readFileFromDisk(file, 'utf8'));
  } catch (thrown) {
    const { message } = toPortcullisError(thrown);
    throw new PortcullisError('io_failed', `cannot read the configuration ${file}: ${message}`, {
      cause: thrown,
    });
  }
}

/** The last overlay at or above a place, or below it. */
function overlayAt(overlays: readonly Overlay[], path: ConfigPath): Overlay | undefined {
  const matches = (overlay: Overlay): boolean =>
    overlay.path.length <= path.length &&
    overlay.path.every((step, index) => String(step) === String(path[index]));
  return overlays.findLast(matches);
}

function isWritten(yaml: YamlFile, path: ConfigPath): boolean {
  let value: unknown = yaml.written;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return true;
}

function line(mistake: Mistake, place: (path: ConfigPath) => string): string {
  return `${place(mistake.path)}: ${formatPath(mistake.path)} ${mistake.message}`;
}

function invalid(lines: readonly string[]): PortcullisError {
  const title =
    lines.length === 1 ? 'one mistake in the configuration' : `${lines.length} mistakes in the configuration`;
  return new PortcullisError('config_invalid', [title, ...lines].join('\n  '));
}
