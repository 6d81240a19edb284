/** Rows of issues in the order of their identifiers. */
export function byIdentifier(
  a: { readonly identifier: string },
  b: { readonly identifier: string },
): -1 | 0 | 1 {
  return compareIdentifiers(a.identifier, b.identifier);
}

/**
 * Identifiers in the order in which people count: MT-9 before MT-10. For lists only; the order of dispatch takes them as
 * plain text (SPEC 8.2). The machine's language changes nothing.
 */
export function compareIdentifiers(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  let at = 0;
  // Before both have ended, for they differ.
  while (a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  // The numbers in which they differ may have begun alike.
  while (at > 0 && isDigit(a.charCodeAt(at - 1))) at -= 1;
  const areNumbers = isDigit(a.charCodeAt(at)) && isDigit(b.charCodeAt(at));
  return (areNumbers ? compareNumbers(a, b, at) : null) ?? (a < b ? -1 : 1);
}

/** Compares the numbers that begin at a place of both; null when they are the same. */
function compareNumbers(a: string, b: string, from: number): -1 | 1 | null {
  const aFrom = pastZeros(a, from);
  const bFrom = pastZeros(b, from);
  const aEnd = pastDigits(a, aFrom);
  const bEnd = pastDigits(b, bFrom);
  const longer = aEnd - aFrom - (bEnd - bFrom);
  if (longer !== 0) return longer < 0 ? -1 : 1;
  // Of one length, so that text and number order are the same.
  const [one, other] = [a.slice(aFrom, aEnd), b.slice(bFrom, bEnd)];
  if (one !== other) return one < other ? -1 : 1;
  if (aFrom === bFrom) return null;
  return aFrom < bFrom ? -1 : 1;
}

function pastZeros(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === ZERO) at += 1;
  return at;
}

function pastDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

const ZERO = 0x30;

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}
