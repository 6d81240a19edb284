import { sleep } from './measured-daemon.js';
import { MeasuredLinear, perOperation } from './measured-linear.js';

const POLL_MS = 2_000;
const POLLS = 5;
/** Longer than the bench. */
const WORK_MS = 600_000;
const LIMIT_MS = 120_000;

/** Whether polls show all of many running issues as they are: none is taken for gone, and news of each arrive. */
export async function linearRunning(): Promise<string[]> {
  return [
    await measured(200),
    // More than one page of Linear's holds.
    await measured(300),
  ];
}

async function measured(agents: number): Promise<string> {
  const linear = await MeasuredLinear.start(Array.from({ length: agents }, () => WORK_MS));
  try {
    linear.run({ slots: agents, pollMs: POLL_MS, eventsPerSecond: 0, api: true });
    const url = await linear.daemon.url;
    const { fake } = linear;
    await until(() => linear.journal().times('turn').length === agents);
    const before = linear.requests().length;
    await sleep(POLLS * POLL_MS);
    const quiet = linear.requests().slice(before);
    const stopped = linear.journal().times('ended').length;
    // Somebody touches every issue, and finishes one.
    const identifiers = Array.from({ length: agents }, (_, index) => `ENG-${index + 1}`);
    for (const identifier of identifiers) fake.board.setState(identifier, 'In Progress');
    let seen = 0;
    await until(async () => {
      seen = (await running(url)).filter(({ state }) => state === 'In Progress').length;
      return seen === agents;
    });
    fake.board.setState('ENG-1', 'Done');
    await until(() => linear.journal().times('ended').length > stopped);
    await sleep(2 * POLL_MS);
    const left = (await running(url)).length;
    return (
      `${agents} running Linear issues, poll ${POLL_MS / 1_000} s: ${stopped} stopped over ${POLLS} polls (target 0; ` +
      `asked: ${perOperation(quiet)}), ${seen} shown in the state that they were moved to, ` +
      `${left} left when 1 was finished, ${linear.journal().times('started').length - agents} further starts`
    );
  } finally {
    await linear.stop();
  }
}

async function running(url: string): Promise<readonly { readonly state: string }[]> {
  const answer = (await (await fetch(`${url}/api/v1/state`)).json()) as {
    readonly running: readonly { readonly state: string }[];
  };
  return answer.running;
}

async function until(isReached: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = Date.now() + LIMIT_MS;
  while (!(await isReached())) {
    if (Date.now() > untilMs) throw new Error(`waited in vain for ${LIMIT_MS} ms`);
    await sleep(50);
  }
}
