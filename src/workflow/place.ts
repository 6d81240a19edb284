/** Where in a workflow file something stands. */
export interface Place {
  /** As people call the file; null where there is none. */
  readonly file: string | null;
  /** 1-based, null when unknown. */
  readonly line: number | null;
}

/** A message with its place before it, such as `WORKFLOW.md, line 4: …`. */
export function located({ file, line }: Place, message: string): string {
  const place = [file, line === null ? null : `line ${line}`].filter((part) => part !== null).join(', ');
  return place === '' ? message : `${place}: ${message}`;
}
