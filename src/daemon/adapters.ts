import path from 'node:path';
import type { Notices } from '../agents/notices.js';
import { createAgent } from '../agents/registry.js';
import { SymphonyError } from '../domain/error.js';
import type { IssueId } from '../domain/issue.js';
import { withheldNames } from '../domain/secret-names.js';
import { LOCAL_HOST, type Settings } from '../domain/settings.js';
import type { WebhookDelivery, WebhookReceiver } from '../domain/webhook.js';
import type { Workflow } from '../domain/workflow.js';
import type { Binding } from '../engine/binding.js';
import { checkDestinations } from '../hosts/ssh/config/check.js';
import { configContext } from '../hosts/ssh/config/context.js';
import type { Secrets } from '../observe/redact.js';
import type { Agent, SettingsCheck } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';
import type { Hosts } from '../ports/host.js';
import type { ReportProblem } from '../ports/tracker.js';
import { trackerAdapters } from '../trackers/registry.js';
import { serverTokenNames } from '../workflow/server-settings.js';

/** What adapters are made with, whatever the workflow says. */
export interface AdapterParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly hosts: Hosts;
  /** Learns the tracker's secrets before anything could show them. */
  readonly secrets: Secrets;
  readonly notice: (message: string) => void;
  /** Told what is done otherwise than an operator may expect. */
  readonly notices: Notices;
}

/**
 * Makes the adapters that a workflow version selects; a tracker whose settings did not change is kept.
 * @throws SymphonyError when the tracker cannot be made, when the agent would refuse every session, or when no SSH
 *   worker could be reached as its configuration says
 */
export async function bindAdapters(
  workflow: Workflow,
  { env, clock, hosts, secrets, notice, notices }: AdapterParts,
  reportProblem: ReportProblem,
  previous?: Binding,
): Promise<Binding> {
  const { settings } = workflow;
  const adapter = trackerAdapters.get(settings.tracker.kind);
  if (adapter === undefined) throw new Error(`a workflow with tracker ${settings.tracker.kind} was accepted`);
  secrets.add(adapter.secretValues(settings.tracker, env));
  const secretEnvironmentNames = adapter.secretEnvironmentNames(settings.tracker);
  // The variable of the operator's token is nothing that a workflow may hand on.
  const neverPassed = [...secretEnvironmentNames, ...serverTokenNames(settings.server)];
  tellWithheld(settings, { env, notices }, neverPassed);
  const { kind } = settings.agent;
  // What an agent has learnt about the installed program is as true for the next version of the workflow.
  const isSameKind = previous?.workflow.settings.agent.kind === kind;
  const agent = isSameKind ? previous.agent : createAgent(kind, { clock, notices });
  const isStart = previous === undefined;
  if (settings.worker.sshHosts.length === 0) {
    const host = hosts.get(LOCAL_HOST);
    await checkAgent(agent, { settings, host, secretEnvironmentNames, isStart }, workflow.path);
  } else {
    // What is installed on workers is seen when a session starts there.
    await checkWorkers(settings, { env, notices });
  }
  if (previous !== undefined && isSame(previous.workflow.settings.tracker, settings.tracker)) {
    return { ...previous, workflow, agent };
  }
  const tracker = await adapter.create({
    tracker: settings.tracker,
    workflowDir: path.dirname(workflow.path),
    env,
    clock,
    isStart,
    reportProblem,
    notice,
  });
  return { workflow, tracker, agent, hosts };
}

/** Says which file has the setting that the agent does not accept. @throws SymphonyError */
async function checkAgent(agent: Agent, asked: SettingsCheck, file: string): Promise<void> {
  try {
    await agent.check?.(asked);
  } catch (error) {
    if (!(error instanceof SymphonyError)) throw error;
    throw new SymphonyError(error.code, `${path.basename(file)}: ${error.message}`, { cause: error });
  }
}

/** No machine is connected to: one that is down is no reason not to start. @throws SymphonyError */
async function checkWorkers(
  { worker }: Settings,
  { env, notices }: Pick<AdapterParts, 'env' | 'notices'>,
): Promise<void> {
  const warnings = await checkDestinations(worker.sshHosts, configContext(env));
  for (const message of warnings) notices.once('ssh_configuration', message, 'worker.ssh_hosts');
}

/** What looks secret in the daemon's environment and is not handed on; the tracker's own secrets never are. */
function tellWithheld(
  settings: Settings,
  { env, notices }: Pick<AdapterParts, 'env' | 'notices'>,
  neverPassed: readonly string[],
): void {
  const { agent, hooks } = settings;
  const names = Object.keys(env).filter((name) => env[name] !== undefined && !neverPassed.includes(name));
  const hasHooks = [hooks.afterCreate, hooks.beforeRun, hooks.afterRun, hooks.beforeRemove].some(
    (hook) => hook !== null,
  );
  const withheld = {
    agent: agent.kind === 'codex' ? withheldNames(names, agent.envAllow) : [],
    hooks: hasHooks ? withheldNames(names, hooks.envAllow) : [],
  };
  notices.withheld(withheld, settings);
}

function isSame(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What a tracker says by itself goes to those who decide. */
interface TrackerNews {
  trackerChanged(): void;
  issuesChanged(issueIds: readonly IssueId[]): void;
}

/** Listens to the tracker in force: to its own watch, and to what is delivered in its name. */
export class TrackerListener implements WebhookReceiver {
  readonly #news: TrackerNews;
  #tracker: Binding['tracker'] | null = null;
  #unwatch = (): void => {};

  constructor(news: TrackerNews) {
    this.#news = news;
  }

  /** Listens to this tracker from now on, and to no other. */
  follow({ tracker }: Binding): void {
    if (tracker === this.#tracker) return;
    this.close();
    this.#tracker = tracker;
    this.#unwatch = tracker.watch?.(() => this.#news.trackerChanged()) ?? (() => {});
  }

  async receive(kind: string, delivery: WebhookDelivery): Promise<'accepted' | 'notConfigured'> {
    const tracker = this.#tracker;
    if (tracker?.kind !== kind || tracker.webhook === undefined) return 'notConfigured';
    const issueIds = await tracker.webhook.read(delivery);
    if (issueIds.length > 0) this.#news.issuesChanged(issueIds);
    return 'accepted';
  }

  close(): void {
    this.#unwatch();
    this.#tracker = null;
  }
}
