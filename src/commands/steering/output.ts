/** Where a command writes. */
export interface Output {
  readonly stdout: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly stderr: NodeJS.WritableStream;
}

/** How wide lines may be; null where no person reads them as they come. */
export function widthOf({ stdout }: Pick<Output, 'stdout'>): number | null {
  return stdout.isTTY === true ? (stdout.columns ?? 80) : null;
}

/** Writes lines. */
export function print({ stdout }: Pick<Output, 'stdout'>, lines: readonly string[]): void {
  if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`);
}

/** Writes a value as JSON that people can read. */
export function printJson({ stdout }: Pick<Output, 'stdout'>, value: unknown): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Writes a value as one line of JSON. */
export function printJsonLine({ stdout }: Pick<Output, 'stdout'>, value: unknown): void {
  stdout.write(`${JSON.stringify(value)}\n`);
}
