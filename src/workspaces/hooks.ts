import { errorMessage, SymphonyError } from '../domain/error.js';
import type { IssueFacts } from '../domain/issue.js';
import type { Attempt } from '../domain/run.js';
import { SECRET_PATTERNS } from '../domain/secret-names.js';
import type { HookSettings } from '../domain/settings.js';
import type { Clock } from '../ports/clock.js';
import type { Host, HostProcess, ProcessExit } from '../ports/host.js';
import { OutputExcerpt } from './output-excerpt.js';

/** Far below what a system allows for one variable, and more than anybody's title. */
const MAX_VARIABLE_LENGTH = 4_096;

/** The four hooks, by the names people write. */
export type HookName = 'after_create' | 'before_run' | 'after_run' | 'before_remove';

/** What a hook is told of its issue; after a restart little more than the identifier is known. */
export type HookIssue = Pick<IssueFacts, 'id' | 'identifier'> &
  Partial<Pick<IssueFacts, 'title' | 'state' | 'url' | 'branchName'>>;

/** One thing a hook did, for the log. */
export interface HookReport {
  readonly hook: HookName;
  /** `stopped`: its run was, and the hook with it. */
  readonly event: 'started' | 'completed' | 'failed' | 'timedOut' | 'stopped';
  readonly issue: HookIssue;
  readonly workspacePath: string;
  readonly durationMs: number;
  /** Shortened output, empty unless it failed or timed out. */
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
 * @throws SymphonyError `workspace_hook_failed`, `workspace_hook_timeout` or the host's; the signal's reason when aborted
 */
export async function runHook(hook: HookName, run: HookRun): Promise<void> {
  if (!isConfigured(hook, run.hooks)) return;
  const script = SCRIPTS[hook](run.hooks)?.replaceAll('\r\n', '\n') ?? '';
  run.signal?.throwIfAborted();
  const startedAtMs = run.clock.nowMs();
  const report = (event: HookReport['event'], status: number | null, output: string): void => {
    const durationMs = run.clock.nowMs() - startedAtMs;
    const { issue, workspacePath } = run;
    run.onReport({ hook, event, issue, workspacePath, durationMs, output, status });
  };
  report('started', null, '');
  const end = await runScript(script, run);
  switch (end.kind) {
    case 'completed':
      report('completed', 0, '');
      return;
    case 'failed':
      report('failed', end.code, end.output);
      throw hookFailed(hook, run.issue, end);
    case 'timedOut':
      report('timedOut', null, end.output);
      throw hookTimeout(hook, run.hooks.timeoutMs, whereItIsShown(run.issue, end.output));
    case 'notStarted':
      report('failed', null, errorMessage(end.cause));
      throw end.cause;
    case 'stopped':
      report('stopped', null, '');
      throw end.reason;
  }
}

/** Whether there is anything to run. */
export function isConfigured(hook: HookName, hooks: HookSettings): boolean {
  return (SCRIPTS[hook](hooks) ?? '').trim() !== '';
}

/** The variables a hook gets besides the daemon's own environment. */
export function hookEnvironment(
  issue: HookIssue,
  workspacePath: string,
  attempt: Attempt,
): { readonly [name: string]: string } {
  return {
    SYMPHONY_ISSUE_ID: variable(issue.id),
    SYMPHONY_ISSUE_IDENTIFIER: variable(issue.identifier),
    SYMPHONY_ISSUE_TITLE: variable(issue.title),
    SYMPHONY_ISSUE_STATE: variable(issue.state),
    SYMPHONY_ISSUE_URL: variable(issue.url),
    SYMPHONY_ISSUE_BRANCH: variable(issue.branchName),
    SYMPHONY_WORKSPACE: workspacePath,
    SYMPHONY_ATTEMPT: attempt === null ? '' : String(attempt),
  };
}

/** A title is anybody's text: no environment can hold a NUL, and one that is too long lets no program start. */
function variable(text: string | null | undefined): string {
  return (text ?? '').slice(0, MAX_VARIABLE_LENGTH).replaceAll('\0', '');
}

/** How a hook ended; its process tree has ended in every case. */
type HookEnd =
  | { readonly kind: 'completed' }
  | (ProcessExit & { readonly kind: 'failed'; readonly output: string })
  | { readonly kind: 'timedOut'; readonly output: string }
  | { readonly kind: 'notStarted'; readonly cause: unknown }
  | { readonly kind: 'stopped'; readonly reason: unknown };

async function runScript(script: string, run: HookRun): Promise<HookEnd> {
  const { host, clock, signal } = run;
  const excerpt = new OutputExcerpt();
  let started: HostProcess;
  try {
    const env = hookEnvironment(run.issue, run.workspacePath, run.attempt);
    started = await host.spawn({
      // One stream, because the order of two is lost on the way.
      command: `exec 2>&1; ${withoutSecrets([...run.hooks.envAllow, ...Object.keys(env)])}\n${script}`,
      cwd: run.workspacePath,
      env,
      sharedEnv: run.hooks.envAllow,
      withoutEnv: run.withoutEnv,
      marker: run.marker,
      onStdout: (chunk) => excerpt.add(chunk),
      onStderr: (chunk) => excerpt.add(chunk),
    });
  } catch (cause) {
    return { kind: 'notStarted', cause };
  }
  started.closeStdin();
  let hasTimedOut = false;
  const stop = (): void => void started.stop(0);
  const cancelTimeout = clock.wakeAt(clock.nowMs() + run.hooks.timeoutMs, () => {
    hasTimedOut = true;
    stop();
  });
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const exit = await started.exited;
  cancelTimeout();
  signal?.removeEventListener('abort', stop);
  if (signal?.aborted) return { kind: 'stopped', reason: signal.reason };
  if (hasTimedOut) return { kind: 'timedOut', output: excerpt.text() };
  return exit.code === 0 ? { kind: 'completed' } : { kind: 'failed', ...exit, output: excerpt.text() };
}

/**
 * One line of bash that takes away what looks secret, but for these names. The shell does it, as only it knows what the
 * login profile of its machine exported.
 */
function withoutSecrets(allowed: readonly string[]): string {
  const patterns = SECRET_PATTERNS.map(inAnyCase).join('|');
  // Nothing else can be the name of a variable, and so nothing else can be allowed.
  const names = allowed.filter((name) => /^\w+$/.test(name)).join(' ');
  return (
    `for symphony_name in $(compgen -e); do case $symphony_name in ${patterns}) case ' ${names} ' in *" $symphony_name "*) ;; ` +
    '*) unset -v "$symphony_name" 2>/dev/null || export -n "$symphony_name" ;; esac ;; esac; done; unset -v symphony_name'
  );
}

/** `*KEY*` as `*[Kk][Ee][Yy]*`: the bash of macOS has no other way that leaves its options alone. */
function inAnyCase(pattern: string): string {
  return pattern.replaceAll(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`);
}

function hookTimeout(hook: HookName, timeoutMs: number, said: string): SymphonyError {
  return new SymphonyError(
    'workspace_hook_timeout',
    `hook ${hook} did not end within ${timeoutMs} ms and was ended with all it had started; raise hooks.timeout_ms or ` +
      `see why it hangs${said}`,
  );
}

function hookFailed(
  hook: HookName,
  issue: HookIssue,
  { code, signal, output }: Extract<HookEnd, { kind: 'failed' }>,
): SymphonyError {
  const how = code === null ? `was ended by ${signal}` : `failed with status ${code}`;
  return new SymphonyError('workspace_hook_failed', `hook ${hook} ${how}${whereItIsShown(issue, output)}`);
}

/** Errors and problems go everywhere, and nobody knows what a hook prints; where its output is kept is said instead. */
export function whereItIsShown({ identifier }: Pick<HookIssue, 'identifier'>, output: string): string {
  return output === ''
    ? ' and printed nothing'
    : `; ${JSON.stringify(`symphony logs ${identifier}`)} shows what it printed`;
}
