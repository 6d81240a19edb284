import { SymphonyError } from '../domain/error.js';
import type { IssueFacts } from '../domain/issue.js';
import type { Attempt } from '../domain/run.js';
import type { HookSettings } from '../domain/settings.js';
import type { Clock } from '../ports/clock.js';
import type { Host } from '../ports/host.js';
import { OutputExcerpt } from './output-excerpt.js';

/** The four hooks, by the names people write. */
export type HookName = 'after_create' | 'before_run' | 'after_run' | 'before_remove';

/** What a hook is told of its issue; after a restart little more than the identifier is known. */
export type HookIssue = Pick<IssueFacts, 'id' | 'identifier'> &
  Partial<Pick<IssueFacts, 'title' | 'state' | 'url' | 'branchName'>>;

/** One thing a hook did, for the log. */
export interface HookReport {
  readonly hook: HookName;
  readonly event: 'started' | 'completed' | 'failed' | 'timedOut';
  readonly issue: HookIssue;
  readonly workspacePath: string;
  readonly durationMs: number;
  /** Shortened output, empty unless it failed. */
  readonly output: string;
  /** Null when it did not exit by itself. */
  readonly status: number | null;
}

/** Where and for whom a hook runs. */
export interface HookRun {
  readonly host: Host;
  readonly clock: Clock;
  readonly hooks: HookSettings;
  readonly issue: HookIssue;
  readonly attempt: Attempt;
  readonly workspacePath: string;
  readonly withoutEnv: readonly string[];
  readonly marker: string;
  /** Ends the hook early; null where it must run to its end or its timeout. */
  readonly signal: AbortSignal | null;
  readonly onReport: (report: HookReport) => void;
}

const SCRIPTS: { readonly [name in HookName]: (hooks: HookSettings) => string | null } = {
  after_create: ({ afterCreate }) => afterCreate,
  before_run: ({ beforeRun }) => beforeRun,
  after_run: ({ afterRun }) => afterRun,
  before_remove: ({ beforeRemove }) => beforeRemove,
};

/**
 * Runs one hook as one bash script in the workspace (SPEC 9.4). Resolves when it is not configured or succeeded; when
 * it fails, times out or is aborted, its whole process tree has ended before this rejects.
 * @throws SymphonyError `workspace_hook_failed` or `workspace_hook_timeout`; the signal's reason when aborted
 */
export async function runHook(hook: HookName, run: HookRun): Promise<void> {
  const script = SCRIPTS[hook](run.hooks)?.replaceAll('\r\n', '\n') ?? '';
  if (script.trim() === '') return;
  run.signal?.throwIfAborted();
  const startedAtMs = run.clock.nowMs();
  const output = new OutputExcerpt();
  const report = (event: HookReport['event'], status: number | null): void => {
    const durationMs = run.clock.nowMs() - startedAtMs;
    const { issue, workspacePath } = run;
    const shown = event === 'failed' || event === 'timedOut' ? output.text() : '';
    run.onReport({ hook, event, issue, workspacePath, durationMs, output: shown, status });
  };
  report('started', null);
  const end = await runScript(script, run, output);
  run.signal?.throwIfAborted();
  if (end.kind === 'timedOut') {
    report('timedOut', null);
    throw hookTimeout(hook, run.hooks.timeoutMs, output.text());
  }
  if (end.status !== 0) {
    report('failed', end.status);
    throw hookFailed(hook, end.status, output.text());
  }
  report('completed', 0);
}

/** The variables a hook gets besides the daemon's own environment. */
export function hookEnvironment(
  issue: HookIssue,
  workspacePath: string,
  attempt: Attempt,
): { readonly [name: string]: string } {
  return {
    SYMPHONY_ISSUE_ID: issue.id,
    SYMPHONY_ISSUE_IDENTIFIER: issue.identifier,
    SYMPHONY_ISSUE_TITLE: withoutNul(issue.title ?? ''),
    SYMPHONY_ISSUE_STATE: issue.state ?? '',
    SYMPHONY_ISSUE_URL: issue.url ?? '',
    SYMPHONY_ISSUE_BRANCH: issue.branchName ?? '',
    SYMPHONY_WORKSPACE: workspacePath,
    SYMPHONY_ATTEMPT: attempt === null ? '' : String(attempt),
  };
}

/** No environment can hold a NUL, and a title is anybody's text. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}

type ScriptEnd = { readonly kind: 'exited'; readonly status: number | null } | { readonly kind: 'timedOut' };

async function runScript(script: string, run: HookRun, output: OutputExcerpt): Promise<ScriptEnd> {
  const started = await run.host.spawn({
    command: script,
    cwd: run.workspacePath,
    env: hookEnvironment(run.issue, run.workspacePath, run.attempt),
    withoutEnv: run.withoutEnv,
    marker: run.marker,
    onStdout: (chunk) => output.add(chunk),
    onStderr: (chunk) => output.add(chunk),
  });
  started.closeStdin();
  let end: ScriptEnd | null = null;
  const stop = (): void => void started.stop(0);
  const cancel = run.clock.wakeAt(run.clock.nowMs() + run.hooks.timeoutMs, () => {
    end = { kind: 'timedOut' };
    stop();
  });
  run.signal?.addEventListener('abort', stop, { once: true });
  if (run.signal?.aborted) stop();
  const { code } = await started.exited;
  cancel();
  run.signal?.removeEventListener('abort', stop);
  return end ?? { kind: 'exited', status: code };
}

function hookTimeout(hook: HookName, timeoutMs: number, output: string): SymphonyError {
  return new SymphonyError(
    'workspace_hook_timeout',
    `hook ${hook} did not end within ${timeoutMs} ms and was ended; raise hooks.timeout_ms or see why it hangs` +
      shown(output),
  );
}

function hookFailed(hook: HookName, status: number | null, output: string): SymphonyError {
  const how = status === null ? 'was ended by a signal' : `failed with status ${status}`;
  return new SymphonyError('workspace_hook_failed', `hook ${hook} ${how}${shown(output)}`);
}

function shown(output: string): string {
  return output === '' ? '' : `: ${output}`;
}
