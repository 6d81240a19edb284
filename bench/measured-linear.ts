import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FakeLinear, type SeenRequest } from '../test/helpers/linear/fake-linear.js';
import { sendRaw } from '../test/helpers/linear/raw-request.js';
import { AgentJournal } from './agent-journal.js';
import { MeasuredDaemon } from './measured-daemon.js';

const AGENT = fileURLToPath(new URL('agents/linear-worker.sh', import.meta.url));
/** The first issue is the oldest: the order of the board is the order of dispatch. */
const OLDEST_MS = Date.UTC(2026, 0, 1);
/** Asks for much the same as Symphony, so that the fake has its schema and its code is warm. */
const WARM_UP =
  '{ issues(first: 250) { nodes { id title state { name type } labels(first: 50) { nodes { name } } inverseRelations(first: 50) { nodes { type issue { id } } } } } }';

/** How an agent's issue gets to Done: by the agent's own tool call, or by the fake, which the agent tells. */
export type MovedBy = 'tool' | 'fake';

interface LinearRun {
  readonly slots: number;
  readonly pollMs?: number;
  readonly movedBy?: MovedBy;
  /** What agents say in a second. */
  readonly eventsPerSecond?: number;
  readonly api?: boolean;
}

/** A built daemon and a fake Linear, which runs in this process so that its work is not counted as the daemon's. */
export class MeasuredLinear {
  readonly daemon = new MeasuredDaemon();
  readonly fake: FakeLinear;
  // Below, and not beside, the workflow file: what changes there makes the daemon look at that file.
  readonly #journalFile = this.daemon.write('agents/journal', '');
  readonly #ear: Server;

  /** A board of issues, each with so many milliseconds of work. */
  static async start(workMs: readonly number[]): Promise<MeasuredLinear> {
    const fake = await FakeLinear.start();
    for (const [index, ms] of workMs.entries()) {
      fake.board.put({
        title: `Issue ${index + 1}`,
        description: `Work for ${ms} ms, then move the issue to Done.`,
        createdAt: new Date(OLDEST_MS + index * 1_000).toISOString(),
      });
    }
    for (let round = 0; round < 3; round += 1) {
      const answer = await sendRaw(fake, WARM_UP);
      if (answer.status !== 200) throw new Error(`the fake Linear says ${await answer.text()}`);
    }
    fake.forgetRequests();
    const ear = createServer((socket) => {
      createInterface(socket).on('line', (identifier) => {
        fake.board.setState(identifier, 'Done');
        socket.end('moved\n');
      });
    });
    ear.listen(0, '127.0.0.1');
    await once(ear, 'listening');
    return new MeasuredLinear(fake, ear);
  }

  private constructor(fake: FakeLinear, ear: Server) {
    this.fake = fake;
    this.#ear = ear;
  }

  /** Starts the daemon with the agents of `agents/linear-worker.sh`; returns the time it was started at. */
  run({ slots, pollMs, movedBy = 'tool', eventsPerSecond = 5, api = false }: LinearRun): number {
    const where = movedBy === 'tool' ? this.fake.board.stateId('ENG', 'Done') : this.#port();
    const how = movedBy === 'tool' ? 'tool' : 'told';
    const command = `${AGENT} ${this.#journalFile} ${eventsPerSecond} ${how} ${where}`;
    return this.daemon.start(workflowFor(this.fake, { command, slots, pollMs }), { api });
  }

  /** @throws Error when an agent could not move its issue: then nothing that follows is worth measuring */
  journal(): AgentJournal {
    const journal = AgentJournal.read(this.#journalFile);
    if (journal.times('refused').length === 0) return journal;
    throw new Error(`an agent's call was refused: ${readFileSync(`${this.#journalFile}.refusals`, 'utf8')}`);
  }

  /** What the daemon itself has asked so far: everything but the agents' calls. */
  requests(): readonly SeenRequest[] {
    return this.fake.requests.filter(isSymphonys);
  }

  /** How many requests were the agents' own. */
  toolCalls(): number {
    return this.fake.requests.length - this.requests().length;
  }

  async stop(): Promise<void> {
    await this.daemon.stop();
    this.#ear.close();
    await this.fake.close();
  }

  #port(): number {
    const address = this.#ear.address();
    if (typeof address !== 'object' || address === null) throw new Error('the ear has no port');
    return address.port;
  }
}

/** A workflow on the fake's project, at the default poll unless said. */
function workflowFor(
  { url, apiKey, board }: FakeLinear,
  {
    command,
    slots,
    pollMs,
  }: { readonly command: string; readonly slots: number; readonly pollMs?: number | undefined },
): string {
  return `---
tracker:
  kind: linear
  provider: { endpoint: "${url}", api_key: ${apiKey}, project_slug: ${board.projectSlug} }
${pollMs === undefined ? '' : `polling: { interval_ms: ${pollMs} }\n`}workspace: { root: workspaces }
agent: { max_concurrent_agents: ${slots}, max_turns: 1 }
codex: { command: "${command}", approval_policy: never, read_timeout_ms: 60000 }
---
{{ issue.description }}
`;
}

function isSymphonys({ operationName }: SeenRequest): boolean {
  return operationName?.startsWith('Symphony') === true;
}

/** How often each operation was asked, as text. */
export function perOperation(requests: readonly SeenRequest[]): string {
  const counts = new Map<string, number>();
  for (const { operationName } of requests) {
    const name = operationName ?? 'unnamed';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${count} ${name.replace(/^Symphony/, '')}`).join(', ');
}
