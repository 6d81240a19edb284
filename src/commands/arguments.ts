import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** A text that is not blank. */
export function text(value: string): string {
  const trimmed = value.trim();
  if (trimmed === '') throw new InvalidArgumentError('It must not be empty.');
  return trimmed;
}

/** Paths of the command line are relative to where it was typed. */
export function absolutePath(value: string): string {
  return resolve(text(value));
}

/** @throws InvalidArgumentError unless it is a port */
export function portNumber(value: string): number {
  const port = wholeNumber(value);
  if (port === null || port > 65_535) throw new InvalidArgumentError('Expected a number from 0 to 65535.');
  return port;
}

/** @throws InvalidArgumentError unless it counts something */
export function attemptNumber(value: string): number {
  const attempt = wholeNumber(value);
  if (attempt === null || attempt < 1) throw new InvalidArgumentError('Expected a number of at least 1.');
  return attempt;
}

/** @throws InvalidArgumentError unless it can be the name of an environment variable */
export function environmentName(value: string): string {
  const name = value.trim().replace(/^\$/, '');
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new InvalidArgumentError('Expected the name of an environment variable, such as LINEAR_API_KEY.');
}

function wholeNumber(value: string): number | null {
  return /^\d{1,9}$/.test(value) ? Number(value) : null;
}
