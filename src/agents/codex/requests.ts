import type { Question } from '../../domain/session.js';
import type { SessionStart } from '../../ports/agent.js';
import type { Clock } from '../../ports/clock.js';
import type { ActiveTurn } from './active-turn.js';
import { judge } from './approvals.js';
import type { FileChanges } from './file-changes.js';
import { Grant } from './grants.js';
import { textOf } from './protocol.js';
import type { Reporter } from './reporter.js';
import type { ServerRequest } from './rpc.js';
import { ToolCalls } from './tools.js';

/** What serving the requests of a session needs of it. */
export interface RequestContext {
  readonly reporter: Reporter;
  readonly changes: FileChanges;
  readonly clock: Clock;
  /** Null between turns. */
  readonly turn: () => ActiveTurn | null;
  /** A person must decide: ends the turn, and then the request is refused; called only while a turn runs. */
  readonly onAsk: (question: Question) => void;
}

/** Answers every request of the server: tools of the tracker, decisions, and what we do not serve. */
export class Requests {
  readonly #start: SessionStart;
  readonly #context: RequestContext;
  readonly #grant: Grant;
  readonly #toolStop = new AbortController();
  readonly #toolCalls: ToolCalls;

  constructor(start: SessionStart, context: RequestContext) {
    this.#start = start;
    this.#context = context;
    this.#grant = new Grant(start.resume?.answered ?? null);
    this.#toolCalls = new ToolCalls(start.tools, {
      context: { issue: start.issue, session: start.marker },
      signal: this.#toolStop.signal,
      clock: context.clock,
    });
  }

  serve(request: ServerRequest): void {
    if (request.method === 'item/tool/call') void this.#callTool(request);
    else this.#decide(request);
  }

  /** Ends the calls that still run. */
  stop(): void {
    this.#toolStop.abort();
  }

  #decide(request: ServerRequest): void {
    const { method, params } = request;
    const { reporter, changes, turn, onAsk } = this.#context;
    const verdict = judge(method, params, {
      approvalPolicy: this.#start.settings.codex.approvalPolicy,
      workspacePath: this.#start.workspacePath,
      change: changes.of(params),
      grant: this.#grant,
    });
    switch (verdict.kind) {
      case 'answer':
        request.answer(verdict.answer);
        if (verdict.by === 'policy') reporter.tell('approval_auto_approved', `approved: ${verdict.what}`);
        else reporter.tell('notification', `decided by a person: ${verdict.what}`);
        break;
      case 'ask':
        // The turn is interrupted first: of a mere refusal some agents would tell their model, and go on.
        if (turn() !== null) onAsk(verdict.question);
        else reporter.tell('notification', `refused, no turn is running: ${verdict.question.text}`);
        request.answer(verdict.refusal);
        break;
      case 'unknown':
        request.refuse();
        reporter.tell('notification', `refused unknown request ${method}`);
        break;
    }
  }

  /** Never rejects: a call that fails is answered like every other. */
  async #callTool(request: ServerRequest): Promise<void> {
    const { reporter, turn } = this.#context;
    const callId = textOf(request.params, 'callId') ?? '';
    turn()?.patience.called(callId, textOf(request.params, 'tool', 'name') ?? '');
    const { answer, event, message, fields } = await this.#toolCalls.execute(request.params);
    request.answer(answer);
    turn()?.patience.answered(callId);
    reporter.tell(event, message, { fields });
  }
}
