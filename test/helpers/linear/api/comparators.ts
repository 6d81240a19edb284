import { invalidArgument, UnsupportedByFake } from './failures.js';
import { allOf, type Compile, type Keys, listOf, truthOf } from './filter.js';

/** A test of one value against the operand of a comparator's key. */
type Operators<Operand> = Readonly<Record<string, (value: Operand, operand: Operand) => boolean>>;

/** `eq` and `in` care for case, as Linear's do. */
export function text<Row>(get: (row: Row) => string | null): Compile<Row> {
  return comparator(get, textOf, {
    eqIgnoreCase: (value, operand) => value.toLowerCase() === operand.toLowerCase(),
    neqIgnoreCase: (value, operand) => value.toLowerCase() !== operand.toLowerCase(),
    contains: (value, operand) => value.includes(operand),
    containsIgnoreCase: (value, operand) => value.toLowerCase().includes(operand.toLowerCase()),
    startsWith: (value, operand) => value.startsWith(operand),
    endsWith: (value, operand) => value.endsWith(operand),
  });
}

export function number<Row>(get: (row: Row) => number | null): Compile<Row> {
  return comparator(get, numberOf, ORDER);
}

/** Instants, or durations from now: `-PT2M` is two minutes ago. */
export function time<Row>(get: (row: Row) => number | null, now: () => number): Compile<Row> {
  return comparator(get, (operand, at) => wallMsOf(operand, at, now()), ORDER);
}

export function truth<Row>(get: (row: Row) => boolean): Compile<Row> {
  return allOf<Row>({
    eq: (input, at) => {
      const operand = truthOf(input, at);
      return (row) => get(row) === operand;
    },
    neq: (input, at) => {
      const operand = truthOf(input, at);
      return (row) => get(row) !== operand;
    },
  });
}

const ORDER: Operators<number> = {
  gt: (value, operand) => value > operand,
  gte: (value, operand) => value >= operand,
  lt: (value, operand) => value < operand,
  lte: (value, operand) => value <= operand,
};

/** `eq`, `neq`, `in`, `nin`, `null` and what the type of the operands adds. An absent value matches only `null: true`. */
function comparator<Row, Operand extends string | number>(
  get: (row: Row) => Operand | null,
  read: (input: unknown, at: string) => Operand,
  operators: Operators<Operand>,
): Compile<Row> {
  const single = (holds: (value: Operand, operand: Operand) => boolean): Compile<Row> => {
    return (input, at) => {
      const operand = read(input, at);
      return (row) => present(get(row), (value) => holds(value, operand));
    };
  };
  const among = (wanted: boolean): Compile<Row> => {
    return (input, at) => {
      const operands = new Set(listOf(input, at).map((operand) => read(operand, at)));
      return (row) => present(get(row), (value) => operands.has(value) === wanted);
    };
  };
  const keys: Keys<Row> = {
    ...Object.fromEntries(Object.entries(operators).map(([key, holds]) => [key, single(holds)])),
    eq: single((value, operand) => value === operand),
    neq: single((value, operand) => value !== operand),
    in: among(true),
    nin: among(false),
    null: (input, at) => {
      const wanted = truthOf(input, at);
      return (row) => (get(row) === null) === wanted;
    },
  };
  return allOf(keys);
}

function present<Value>(value: Value | null, test: (value: Value) => boolean): boolean {
  return value !== null && test(value);
}

function textOf(input: unknown, at: string): string {
  if (typeof input !== 'string') throw new UnsupportedByFake(`${String(input)} as ${at}`);
  return input;
}

function numberOf(input: unknown, at: string): number {
  if (typeof input !== 'number') throw new UnsupportedByFake(`${String(input)} as ${at}`);
  return input;
}

const DURATION = /^(-?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000];

function wallMsOf(input: unknown, at: string, nowMs: number): number {
  const written = input instanceof Date ? input.toISOString() : textOf(input, at);
  const duration = DURATION.exec(written);
  if (duration === null) {
    const wallMs = Date.parse(written);
    if (Number.isNaN(wallMs)) throw invalidArgument(`${at} is neither an instant nor a duration`);
    return wallMs;
  }
  const [, sign, ...amounts] = duration;
  const lengthMs = UNITS_MS.reduce((sum, unitMs, index) => sum + unitMs * Number(amounts[index] ?? 0), 0);
  return sign === '-' ? nowMs - lengthMs : nowMs + lengthMs;
}
