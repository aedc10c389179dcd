import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluation } from '../../test/support/engine.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import type { Span } from './cache.ts';
import { interpret } from './outcome.ts';
import { type DifferenceKind, differenceOf } from './shadow-difference.ts';

test('an answer is compared by value, effects and window', () => {
  const span: Span = { fromMs: 100, untilMs: 200 };
  const table: [
    json: string | undefined,
    span: Span | undefined,
    whole: Evaluation,
    DifferenceKind | undefined,
  ][] = [
    ['true', span, evaluation('true'), undefined],
    [undefined, span, evaluation(undefined), undefined],
    ['{"allowed":true,"n":1}', span, evaluation('{"n":1,"allowed":true}'), undefined],
    ['true', span, evaluation('false'), 'value'],
    ['true', span, evaluation(undefined), 'value'],
    ['false', span, evaluation(undefined), 'value'],
    ['1', span, evaluation('1.0'), 'value'],
    [
      'true',
      span,
      evaluation('true', { effects: ['window'], validFromMs: 150, validUntilMs: 151 }),
      undefined,
    ],
    ['true', span, evaluation('true', { effects: ['window'], validUntilMs: 150 }), 'window'],
    ['true', span, evaluation('true', { effects: ['window'], validFromMs: 151 }), 'window'],
    ['true', { fromMs: 100, untilMs: 150 }, evaluation('true'), 'window'],
    ['true', { fromMs: 151, untilMs: 200 }, evaluation('true'), 'window'],
    ['true', span, evaluation('true', { effects: ['window'], validUntilMs: Number.NaN }), 'window'],
    ['true', span, evaluation('true', { effects: ['clock'] }), 'effects'],
    ['true', span, evaluation('true', { effects: ['window', 'network'] }), 'effects'],
    ['true', span, evaluation('true', { effects: ['host', 'print'] }), undefined],
    // What may not be kept needs no window.
    ['true', undefined, evaluation('true', { effects: ['clock'] }), undefined],
    ['true', undefined, evaluation('false', { effects: ['clock'] }), 'value'],
  ];
  for (const [json, kept, whole, kind] of table)
    assert.equal(
      differenceOf(interpret(json), kept, whole, 150, 'unread')?.kind,
      kind,
      `${json} ${JSON.stringify(whole)}`,
    );
});

test('where the clock is only compared, values count and what is never kept', () => {
  const span: Span = { fromMs: 100, untilMs: 200 };
  const table: [whole: Evaluation, kind: DifferenceKind | undefined][] = [
    [evaluation('true', { effects: ['clock'] }), undefined],
    [evaluation('true', { effects: ['window'], validUntilMs: 150 }), 'window'],
    [evaluation('false', { effects: ['clock'] }), 'value'],
    [evaluation('true', { effects: ['clock', 'random'] }), 'effects'],
  ];
  for (const [whole, kind] of table)
    assert.equal(differenceOf(interpret('true'), span, whole, 150, 'compared')?.kind, kind);
});
