import { UnsupportedByFake } from './failures.js';

/** A filter or comparator as it arrives, its shape already validated by the schema. */
export type Input = Readonly<Record<string, unknown>>;
export type Test<Row> = (row: Row) => boolean;
/**
 * Turns an input into a test of rows. `at` names the place of the input, for errors. A key that the fake does not know is
 * an error before any row is looked at, so that an empty board does not hide it.
 */
export type Compile<Row> = (input: unknown, at: string) => Test<Row>;
export type Keys<Row> = Readonly<Record<string, Compile<Row>>>;

export function isInput(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sibling keys must all hold; `and` and `or` nest. */
export function allOf<Row>(keys: Keys<Row>): Compile<Row> {
  const compile: Compile<Row> = (input, at) => {
    if (!isInput(input)) throw new UnsupportedByFake(`${String(input)} as ${at}`);
    const tests = Object.entries(input).map(([key, value]): Test<Row> => {
      const place = `${at}.${key}`;
      if (key === 'and') return every(listOf(value, place).map((part) => compile(part, place)));
      if (key === 'or') return some(listOf(value, place).map((part) => compile(part, place)));
      const known = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (known === undefined) throw new UnsupportedByFake(`the filter ${place}`);
      return known(value, place);
    });
    return every(tests);
  };
  return compile;
}

/** The filter of a relation that may be absent: `null` tests that, and an absent one matches nothing else. */
export function orAbsent<Row>(keys: Keys<Row>): Compile<Row | null> {
  const present = Object.entries(keys).map(([key, compile]): [string, Compile<Row | null>] => [
    key,
    (input, at) => {
      const test = compile(input, at);
      return (row) => row !== null && test(row);
    },
  ]);
  const absent: Compile<Row | null> = (input, at) => {
    const wanted = truthOf(input, at);
    return (row) => (row === null) === wanted;
  };
  return allOf<Row | null>({ ...Object.fromEntries(present), null: absent });
}

/** A filter of something that hangs on the row. */
export function of<Row, Other>(get: (row: Row) => Other, compile: Compile<Other>): Compile<Row> {
  return (input, at) => {
    const test = compile(input, at);
    return (row) => test(get(row));
  };
}

function every<Row>(tests: readonly Test<Row>[]): Test<Row> {
  return (row) => tests.every((test) => test(row));
}

function some<Row>(tests: readonly Test<Row>[]): Test<Row> {
  return (row) => tests.some((test) => test(row));
}

export function listOf(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnsupportedByFake(`${String(value)} as ${at}`);
  return value;
}

export function truthOf(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw new UnsupportedByFake(`${String(value)} as ${at}`);
  return value;
}
