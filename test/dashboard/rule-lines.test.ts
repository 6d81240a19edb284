import { expect, test } from 'vitest';
import { ruleLines } from '../../src/dashboard/detail/rule-lines.js';
import { shortened } from '../../src/dashboard/frame/top-line.js';
import { width } from '../../src/dashboard/text/text.js';
import { RULES } from '../../src/domain/explanation.js';

// Goal: whoever asks why an issue waits can read each rule and its fact.

const FACT = 'MT-1 holds it, and so does a long list of other issues that takes more than one line';

test.each([60, 80, 200])('every rule stands apart from its fact, in %i columns', (columns) => {
  const rules = RULES.map((rule) => ({ rule, verdict: 'holds', fact: FACT }) as const);

  const lines = ruleLines(rules, true, columns).map(({ line }) => line.map(({ text }) => text).join(''));

  for (const rule of RULES) expect(lines.join('\n')).toContain(`✗ ${rule.replaceAll('_', ' ')}  `);
  for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns);
  expect(new Set(lines.flatMap((line) => (line.includes('MT-1') ? [line.indexOf('MT-1')] : []))).size).toBe(
    1,
  );
});

test.each([
  [
    5,
    [
      '✗ state slot free  MT-1 holds it, and so does a',
      'long list of other issues that',
      'takes more than one line',
    ],
  ],
  [3, ['✗ state slot free  MT-1 holds it, and so does a', 'long list of other issues that …']],
  [2, ['✗ state slot free  MT-1 holds it, and so does a lo…']],
] as const)(
  'on a screen with room for %i lines a fact does not end as if that were all',
  (room, expected) => {
    const rules = [
      { rule: 'state_slot_free', verdict: 'holds', fact: FACT },
      { rule: 'turn', verdict: 'passes', fact: 'it is next' },
    ] as const;

    const lines = shortened(ruleLines(rules, false, 53), room);

    const texts = lines.map((line) => line.map(({ text }) => text).join(''));
    const about = texts.filter((text) => !/Why|passes/u.test(text));
    expect(about.map((text) => text.replace('│', '').trim())).toEqual(expected);
  },
);
