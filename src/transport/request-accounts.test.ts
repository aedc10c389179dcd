import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Account, type Holder, RequestAccounts } from './request-accounts.ts';

const LIMITS = { maxPendingBytesPerConnection: 100, maxPendingBytes: 250 };

class Request implements Holder {
  heldBytes = 0;
  arriving = true;
  readonly #accounts: RequestAccounts;
  readonly #account: Account;

  constructor(accounts: RequestAccounts, account: Account) {
    this.#accounts = accounts;
    this.#account = account;
  }

  add(bytes: number): void {
    this.#accounts.add(this.#account, this, bytes);
  }

  remove(bytes: number): void {
    this.#accounts.remove(this.#account, this, bytes);
  }

  refuse(): void {
    this.arriving = false;
    this.remove(this.heldBytes);
  }
}

function account(): Account {
  return { heldBytes: 0, requests: new Set() };
}

test('request accounts: a connection over its limit loses the request that takes it there, and no other', () => {
  const accounts = new RequestAccounts(LIMITS);
  const own = account();
  const [first, second, third] = [0, 1, 2].map(() => new Request(accounts, own));
  assert.ok(first && second && third);
  first.add(70);
  second.add(30);
  third.add(1);
  assert.deepEqual([first.arriving, second.arriving, third.arriving], [true, true, false]);
  assert.equal(accounts.heldBytes, 100);
});

test('request accounts: over the limit of all, the connection that holds most loses its largest request', () => {
  const accounts = new RequestAccounts(LIMITS);
  const [hog, other, late] = [account(), account(), account()];
  const [small, large] = [new Request(accounts, hog), new Request(accounts, hog)];
  const [modest, last] = [new Request(accounts, other), new Request(accounts, late)];
  small.add(40);
  large.add(55);
  modest.add(90);
  last.add(80);
  assert.deepEqual(
    [small, large, modest, last].map(({ arriving }) => arriving),
    [true, false, true, true],
  );
  // What handlers work on is not refused, whoever holds it.
  for (const request of [modest, last]) request.arriving = false;
  modest.add(100);
  assert.deepEqual([small.arriving, modest.heldBytes], [false, 190]);
});

test('request accounts: nothing is lost or kept, whatever comes and goes', () => {
  const step = fc.tuple(fc.nat(3), fc.nat(5), fc.integer({ min: -60, max: 60 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const accounts = new RequestAccounts(LIMITS);
      const connections = Array.from({ length: 4 }, account);
      const requests = connections.map((each) =>
        Array.from({ length: 6 }, () => new Request(accounts, each)),
      );
      for (const [connection, index, bytes] of steps) {
        const request = requests[connection]?.[index];
        assert.ok(request);
        if (bytes < 0) request.remove(-bytes);
        else if (request.arriving) request.add(bytes);
        const held = requests.map((list) => list.reduce((sum, { heldBytes }) => sum + heldBytes, 0));
        assert.deepEqual(
          connections.map(({ heldBytes }) => heldBytes),
          held,
        );
        assert.ok(held.every((each) => each <= LIMITS.maxPendingBytesPerConnection));
        assert.ok(accounts.heldBytes <= LIMITS.maxPendingBytes);
      }
      for (const request of requests.flat()) request.remove(Number.POSITIVE_INFINITY);
      assert.equal(accounts.heldBytes, 0);
      assert.ok(connections.every(({ requests: { size } }) => size === 0));
    }),
  );
});
