import { SymphonyError } from '../domain/error.js';

/** A setting that the agent does not accept, whatever is tried: the file has to be changed. */
export class SettingRefused extends SymphonyError {
  /** Its dotted key in the workflow file. */
  readonly key: string;

  /** `what` follows the key, and says what is accepted. */
  constructor(key: string, what: string) {
    super('agent_bad_request', `${key} ${what}`);
    this.key = key;
  }
}
