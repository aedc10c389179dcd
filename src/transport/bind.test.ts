import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bind } from './bind.ts';

test('a socket that cannot be opened to its group is not left listening', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-bind-'));
  const server = createServer();
  t.after(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const path = join(folder, 'a.sock');
  server.once('listening', () => rmSync(path));
  await assert.rejects(bind(server, { kind: 'unix', path }), { code: 'io_failed' });
  assert.equal(server.listening, false);
});
