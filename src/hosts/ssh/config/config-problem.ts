import { SymphonyError } from '../../../domain/error.js';

/** Where something stands in a configuration file. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The SSH configuration says something that cannot be done, whatever the machine does. */
export class ConfigProblem extends SymphonyError {
  /** `text` has cause and mend; the place goes before it. */
  constructor(text: string, place: Place | null = null, cause?: unknown) {
    const where = place === null ? '' : `${place.file} line ${place.line}: `;
    super('host_unreachable', `${where}${text}`, cause === undefined ? {} : { cause });
  }
}
