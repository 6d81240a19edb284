import { describe, expect, test } from 'vitest';
import { byIdentifier, compareIdentifiers } from '../../src/domain/identifier-order.js';
import fc from '../helpers/properties.js';

const anIdentifier = fc.stringMatching(/^[A-Ca#/-]{0,3}[0-2]{0,3}[A-Ca#/-]{0,1}[0-9]{0,2}$/);

describe('identifiers', () => {
  test('stand in the order in which people count, project by project', () => {
    const identifiers = ['MT-10', 'MT-2', 'AB-100', 'MT-1', 'AB-9', 'owner/repo#12', 'owner/repo#3', 'MT'];

    expect(identifiers.sort(compareIdentifiers)).toEqual([
      'AB-9',
      'AB-100',
      'MT',
      'MT-1',
      'MT-2',
      'MT-10',
      'owner/repo#3',
      'owner/repo#12',
    ]);
  });

  test('may have numbers longer than any number of the machine', () => {
    const long = `MT-${'9'.repeat(400)}`;

    expect([`${long}1`, long, 'MT-3'].sort(compareIdentifiers)).toEqual(['MT-3', long, `${long}1`]);
  });

  test('of rows sort the rows', () => {
    const rows = [{ identifier: 'MT-10' }, { identifier: 'MT-9' }];

    expect(rows.sort(byIdentifier).map(({ identifier }) => identifier)).toEqual(['MT-9', 'MT-10']);
  });

  test('have one order only, whatever they are like', () => {
    fc.assert(
      fc.property(anIdentifier, anIdentifier, anIdentifier, (a, b, c) => {
        expect(compareIdentifiers(a, b)).toBe(0 - compareIdentifiers(b, a));
        expect(compareIdentifiers(a, b) === 0).toBe(a === b);
        if (compareIdentifiers(a, b) <= 0 && compareIdentifiers(b, c) <= 0)
          expect(compareIdentifiers(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 5_000 },
    );
  });
});
