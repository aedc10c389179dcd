/**
 * Completes package-lock.json after `npm install` from a registry mirror that lacks packages for other platforms. npm then
 * leaves them out of the lock, and `npm ci` refuses it everywhere. What an optional dependency is for follows from its name.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Locked {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const SYSTEMS = new Set(['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'sunos', 'win32']);
const PROCESSORS: Record<string, string> = {
  arm: 'arm',
  armv7: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
};
for (const name of ['mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']) PROCESSORS[name] = name;

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
let added = 0;
for (const [path, { dev, optionalDependencies }] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    const nested = `${path}/${place}`;
    if (lock.packages[place]?.version !== undefined || lock.packages[nested]?.version !== undefined) continue;
    const words = name.split('/').at(-1)!.split('-');
    const system = words.find((word) => SYSTEMS.has(word));
    const processor = words.map((word) => PROCESSORS[word]).find((known) => known !== undefined);
    // Builds to WebAssembly are for every system.
    const isKnown = processor !== undefined && (system !== undefined || processor === 'wasm32');
    if (!isKnown || !/^\d+\.\d+\.\d+$/.test(range)) {
      throw new Error(
        `${name}@${range} of ${path}: neither in the lock nor for a platform that its name shows`,
      );
    }
    const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : undefined;
    lock.packages[place] = {
      version: range,
      ...(system && { os: [system] }),
      cpu: [processor],
      ...(libc && { libc }),
      ...(dev && { dev }),
      optional: true,
    };
    added++;
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(
  'package-lock.json',
  `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, undefined, 2)}\n`,
);
console.log(`${added} packages for other platforms added to the lock`);
