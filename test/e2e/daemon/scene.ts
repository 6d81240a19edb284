import {
  agentCommand,
  type DaemonProcess,
  type Ending,
  Place,
  type Sections,
} from '../../helpers/board-daemon.js';
import { Operator } from '../../helpers/daemon-calls.js';

/** A daemon with room for whatever a test puts on its board, whose agents ask before they act, and its operator. */
export class Scene {
  readonly place: Place;
  readonly daemon: DaemonProcess;
  readonly operator: Operator;

  constructor(place: Place, daemon: DaemonProcess) {
    this.place = place;
    this.daemon = daemon;
    this.operator = new Operator(place, daemon);
  }

  static async begin(context: Ending, sections: Sections = {}): Promise<Scene> {
    const place = new Place(context, {
      agent: { max_concurrent_agents: 50, max_retry_backoff_ms: 300_000 },
      codex: { approval_policy: 'on-request', command: agentCommand() },
    });
    place.workflow(sections);
    return new Scene(place, await place.daemon());
  }

  /** An issue of its own for a test, in a turn. */
  async running(identifier: string): Promise<string> {
    this.place.issue(identifier);
    await this.#runs(identifier);
    return identifier;
  }

  /** One whose agent has asked for an approval. */
  async blocked(identifier: string): Promise<string> {
    this.place.order(identifier, 'ask');
    this.place.issue(identifier);
    await this.is(identifier, 'blocked');
    return identifier;
  }

  /** One that the operator has set aside in its first run. */
  async parked(identifier: string): Promise<string> {
    await this.running(identifier);
    await this.operator.order('stop', identifier);
    await this.is(identifier, 'parked');
    return identifier;
  }

  async is(identifier: string, list: 'running' | 'retrying' | 'blocked' | 'parked'): Promise<void> {
    await this.daemon.showing(`${identifier} ${list}`, (state) =>
      state[list].some(({ issue_identifier }) => issue_identifier === identifier),
    );
  }

  /** Waits for the run after the one that was stopped or has asked. */
  async runsAgain(identifier: string, attempt: string): Promise<void> {
    await this.place.told(
      new RegExp(`^start ${identifier} \\d+ attempt=${attempt}$`),
      attempt === 'none' ? 2 : 1,
    );
    await this.#runs(identifier);
  }

  async #runs(identifier: string): Promise<void> {
    await this.daemon.showing(`${identifier} in a turn`, ({ running }) =>
      running.some(({ issue_identifier, phase, turn_count }) => {
        return issue_identifier === identifier && phase === 'streamingTurn' && turn_count > 0;
      }),
    );
  }
}
