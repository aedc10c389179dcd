// needs: opa
/** What becomes of the time, and which effects are seen. */
import assert from 'node:assert/strict';
import { type FootprintRow, testFootprints } from '../../../../test/support/footprint-rows.ts';
import type { Footprint } from '../footprint.ts';

const COMPARED: readonly FootprintRow[] = [
  ['compared', 'r if time.now_ns() < input.exp', 'exp compared'],
  ['sums', 'r if time.now_ns() - (5 * input.skew) < input.exp', 'exp compared, skew scalar'],
  ['parts of a date', 'r if { [h, _, _] := time.clock(time.now_ns()); h >= 9 }', ''],
  [
    'parts of a date in a zone',
    'r if { [h, _, _] := time.clock([time.now_ns(), input.zone]); h >= 9 }',
    'zone full',
  ],
  ['a weekday', 'r if time.weekday(time.now_ns()) in {"Saturday", "Sunday"}', ''],
  ['a weekday in a text', 'r := sprintf("on %s", [time.weekday(time.now_ns())])', ''],
  [
    'a date as a text',
    'r if time.format([time.now_ns(), input.zone, "15:04"]) == input.a',
    'a compared, zone full',
  ],
  [
    'days later',
    'r if time.add_date(time.now_ns(), 0, 0, input.days) > input.exp',
    'days scalar, exp compared',
  ],
  ['seconds', 'r if floor(time.now_ns() / 1000000000) > input.exp', 'exp compared'],
  ['handed to a function', 'r if before(time.now_ns())\nbefore(t) if t < input.exp', 'exp compared'],
  ['not used', 'r if { x := time.now_ns(); input.a == 1 }', 'a compared'],
];

const FREE: readonly FootprintRow[] = [
  ['the answer', 'r := time.now_ns()', ''],
  ['in the answer', 'r := {"at": time.now_ns()}', ''],
  ['formatted', 'r if sprintf("%d", [time.now_ns()]) == input.a', 'a compared'],
  ['years later, by the time', 'r if time.add_date(0, 0, 0, time.now_ns()) > 1', ''],
  ['squared', 'r if time.now_ns() * time.now_ns() > input.a', 'a compared'],
  ['in a set', 'r if count({time.now_ns(), input.a}) == 1', 'a full'],
  ['a key', 'r if input.a[time.now_ns()]', 'a keys, a.* type'],
  ['one of two results', 'r := time.now_ns() if input.a\nr := input.b if input.b', 'a type, b full'],
];

const UNREAD: readonly FootprintRow[] = [
  ['no time', 'r if input.a == 1', 'a compared'],
  ['a token that is verified', 'r if io.jwt.decode_verify(input.t, {"secret": "x"})[0]', 't scalar'],
];

const clockIs =
  (clock: Footprint['clock']) =>
  (footprint: Footprint): void => {
    assert.equal(footprint.clock, clock);
    assert.deepEqual(footprint.effects.get('clock'), clock === 'unread' ? undefined : ['time.now_ns']);
  };

testFootprints(COMPARED, clockIs('compared'));
testFootprints(FREE, clockIs('free'));
testFootprints(UNREAD, clockIs('unread'));
