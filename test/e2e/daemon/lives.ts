import {
  agentCommand,
  type DaemonProcess,
  type Ending,
  Place,
  type Sections,
  until,
} from '../../helpers/board-daemon.js';
import { Operator } from '../../helpers/daemon-calls.js';

/** Where a daemon of a place keeps what it has decided. */
export const JOURNAL = '.symphony/WORKFLOW.md/journal.jsonl';

/** A failed run waits ten seconds, then twice as long each time, as it does for everybody. */
export const WAITS_LONG: Sections = { agent: { max_retry_backoff_ms: 300_000 } };

/** Tells the journal of the place when an agent of its issue begins while another one still lives. */
const TELLS_OTHERS =
  'for pid in $(sed -n "s/^start $SYMPHONY_ISSUE_IDENTIFIER \\([0-9]*\\) .*/\\1/p" ../../journal); do ' +
  'if kill -0 "$pid" 2>/dev/null; then echo "beside $pid" >> ../../journal; fi; done; ';

/** Daemons one after the other in one place, whose agents may ask. */
export class Lives {
  readonly place: Place;

  constructor(context: Ending, sections: Sections = {}) {
    const command = agentCommand(undefined, TELLS_OTHERS);
    this.place = new Place(context, { codex: { approval_policy: 'on-request', command } });
    this.place.workflow(sections);
  }

  /** A daemon that works on A-1. */
  async working(): Promise<DaemonProcess> {
    this.place.issue('A-1', { priority: 1 });
    const daemon = await this.place.daemon();
    await daemon.running('A-1');
    await this.kept('"turnId":"turn-1"');
    return daemon;
  }

  operator(daemon: DaemonProcess): Operator {
    return new Operator(this.place, daemon);
  }

  /** Waits until the file holds this: whatever is told of a decision before that may be a moment ahead of it. */
  async kept(text: string, times = 1): Promise<void> {
    const count = (): number => this.place.lines(JOURNAL).join('\n').split(text).length - 1;
    await until(
      `${text} in the journal of the daemon`,
      () => count() >= times,
      () => this.place.explain(),
    );
  }

  /** Lets A-1 fail three times, without the waits between; it waits for its fourth run then, 40 s. */
  async failThrice(daemon: DaemonProcess): Promise<void> {
    const operator = this.operator(daemon);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      // Else a retry that is due, after ten seconds at first, could come before the order for it.
      if (attempt < 3) await operator.order('pause');
      this.place.order('A-1', 'crash');
      await daemon.showing(`retry ${attempt}`, ({ retrying }) => retrying[0]?.attempt === attempt);
      if (attempt === 3) break;
      await operator.order('retry', 'A-1');
      await operator.order('resume');
      await daemon.running('A-1');
    }
    await this.kept('"attempt":3');
  }

  /** Ends a daemon in this way, and starts the next one. */
  async restarted(daemon: DaemonProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<DaemonProcess> {
    const exit = await daemon.kill(signal);
    const isExpected = signal === 'SIGKILL' ? exit.signal === signal : exit.code === 0;
    if (!isExpected) throw new Error(`${signal} ended the daemon so: ${JSON.stringify(exit)}`);
    return await this.place.daemon();
  }

  /** The thread of each turn that an agent was given, in order. */
  threads(): string[] {
    return this.place.lines('prompts').flatMap((prompt) => /"threadId":"([^"]+)"/.exec(prompt)?.[1] ?? []);
  }

  /** Agents that began while another one worked on their issue. */
  atOnce(): string[] {
    return this.place.journal().filter((line) => line.startsWith('beside '));
  }
}

/** Milliseconds from one time to another. */
export function between(from: string | null | undefined, to: string | null | undefined): number {
  return Date.parse(to ?? '') - Date.parse(from ?? '');
}
