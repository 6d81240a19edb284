const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2}))?$/;

/** An RFC 3339 instant, or a day as its midnight in UTC, as ISO 8601 in UTC; null when it is neither. */
export function parseInstant(written: string): string | null {
  const parts = RFC_3339.exec(written);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1, 7)
    .map((digits) => Number(digits ?? 0));
  const milliseconds = Number((parts[7] ?? '').padEnd(3, '0').slice(0, 3));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // The calendar rolls 30 February over into March; such a day is a slip of the pen.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const offset = offsetMinutes(parts[8]);
  if (hours > 23 || minutes > 59 || seconds > 60 || offset === null) return null;
  date.setUTCHours(hours, minutes - offset, Math.min(seconds, 59), milliseconds);
  const inRange = date.getUTCFullYear() >= 0 && date.getUTCFullYear() <= 9999;
  return inRange ? date.toISOString() : null;
}

function offsetMinutes(zone: string | undefined): number | null {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number);
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
