import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hangingModule } from '../../test/support/hanging-module.ts';
import { moduleFacts } from './module-facts.ts';

test('a module that never comes back is ended', async () => {
  assert.equal(await moduleFacts(hangingModule(), 500), undefined);
});

test('what is no module of OPA is refused', async () => {
  await assert.rejects(moduleFacts(Buffer.from('no module')), { code: 'bundle_module_invalid' });
});
