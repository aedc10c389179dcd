import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './load.ts';
import { printConfig, redact, redactText } from './print.ts';

const YAML = `
stateDir: /var/lib/portcullis
keys: { shop: { file: shop.pem } }
grpc: { tls: { certFile: a, keyFile: b, clientCaFile: c } }
clients: { ops: { dns: [ops], methods: [check, admin] } }
policySets:
  shop:
    bundles: { policy: { source: 'file:shop.tar.gz', verification: { keys: [shop] }, maxStaleness: 90m } }
cache: { maxBytes: 3145728, maxAge: 90s }
decisionLog: { labels: { url: 'https://me:secret@host/path?token=secret#secret' } }
http: false
`;

const load = (yaml: string) =>
  loadConfig({
    file: '/etc/pc/p.yaml',
    environment: { PORTCULLIS_LOGGING_LEVEL: 'warn' },
    cwd: '/etc/pc',
    readFile: () => Promise.resolve(yaml),
  });

test('what is printed loads as the same configuration', async () => {
  const loaded = await load(YAML.replace('https://me:secret@host/path?token=secret#secret', 'eu'));
  const again = await load(printConfig(loaded.config, loaded.origin));
  assert.deepEqual(again.config, loaded.config);
});

test('values print with units and origins', async () => {
  const { config, origin } = await load(YAML);
  const text = printConfig(config, origin);
  for (const expected of [
    /^stateDir: \/var\/lib\/portcullis # p\.yaml:2:1$/m,
    /^ {2}maxBytes: 3MiB # p\.yaml:9:10$/m,
    /^ {2}maxAge: 1m30s # p\.yaml:9:29$/m,
    /^ {2}maxEntries: 100000 # default$/m,
    /^ {2}level: warn # PORTCULLIS_LOGGING_LEVEL$/m,
    /^ {2}address: unix:\/var\/lib\/portcullis\/admin\.sock # default$/m,
    /^http: false # p\.yaml:11:1$/m,
    /^ {6}- admin # p\.yaml:5:\d+$/m,
    /source: file:\/etc\/pc\/shop\.tar\.gz # p\.yaml:8:26$/m,
  ]) {
    assert.match(text, expected);
  }
});

test('credentials in URLs are not printed', async () => {
  const { config, origin } = await load(YAML);
  for (const text of [printConfig(config, origin), JSON.stringify(redact(config))]) {
    assert.doesNotMatch(text, /secret/);
    assert.match(text, /https:\/\/\(redacted\)@host\/path\?\(redacted\)/);
  }
  assert.equal(redactText('nothing to hide: a@b?c'), 'nothing to hide: a@b?c');
});
