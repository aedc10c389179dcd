import { z } from 'zod';
import { PortcullisError } from '../errors.ts';
import type { SourceFile } from './sources.ts';

/** What an author may say in a `.manifest` of their own; the build writes the rest. */
export interface AuthorManifest {
  readonly revision?: string | undefined;
  readonly roots?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

const schema: z.ZodType<AuthorManifest> = z.strictObject({
  revision: z.string().optional(),
  roots: z.array(z.string()).optional(),
  metadata: z
    .record(z.string(), z.unknown())
    .refine(
      (metadata) => !Object.hasOwn(metadata, 'portcullis'),
      'metadata.portcullis is written by the build',
    )
    .optional(),
});

/** Reads the `.manifest` among the sources. Throws PortcullisError `build_failed` naming file and place. */
export function authorManifest(source: SourceFile | undefined): AuthorManifest {
  if (source === undefined) return {};
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(source.bytes).toString('utf8'));
  } catch (cause) {
    throw new PortcullisError('build_failed', `${source.file}: ${(cause as Error).message}`, { cause });
  }
  const { data, error } = schema.safeParse(document);
  if (data !== undefined) return data;
  const problems = error.issues.map((issue) => `${source.file}: ${issue.path.join('.')}: ${issue.message}`);
  throw new PortcullisError('build_failed', problems.join('\n'));
}
