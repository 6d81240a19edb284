import { errorMessage } from '../../domain/error.js';
import type { TrackerSettings } from '../../domain/settings.js';
import { packageVersion } from '../../files/package.js';
import type { Tracker } from '../../ports/tracker.js';
import type { TrackerContext } from '../adapter.js';
import { linearConfig, secretNames, variableName } from './config.js';
import { HttpLinearClient } from './graphql-client.js';
import { plainName } from './names.js';
import { type Orientation, Orienting } from './orientation.js';
import { LinearReads } from './reads.js';
import { projectSlugs } from './scope.js';
import { unknownStates } from './state-names.js';
import { loadGraphql } from './tool/graphql-module.js';
import { linearTools } from './tool/linear-tools.js';
import { linearWebhook } from './webhook.js';

/** The issues of one project in Linear (SPEC 11), with the agent's tool and, where a secret is set, the webhook. */
export function createLinearTracker(context: TrackerContext): Tracker {
  const { tracker, clock, env, reportProblem, notice } = context;
  const config = linearConfig(tracker.provider, env);
  const { endpoint, apiKey, projectSlug, assignee, webhookSecret } = config;
  const unset = assignee === null ? variableName(tracker.provider['assignee']) : null;
  if (unset !== null)
    notice(`tracker.provider.assignee names ${unset}, which is not set: everybody's issues are worked on`);
  const client = new HttpLinearClient({ endpoint, apiKey, clock, userAgent: `symphony/${packageVersion()}` });
  const orienting = new Orienting(
    client,
    clock,
    { projectSlug, assignee },
    (orientation) => tellOfStates(orientation, tracker, context),
    ({ code, message }) => reportProblem({ code, message }),
  );
  const preloadTool = once(() => {
    // No part of the start; later an upgrade may have replaced the program's files while it runs.
    loadGraphql().catch((error: unknown) => {
      const message = `linear_graphql cannot work: ${errorMessage(error)}; start Symphony again`;
      reportProblem({ code: 'internal_error', message });
    });
  });
  const reads = new LinearReads({ client, orienting, terminalStates: tracker.terminalStates, reportProblem });
  return {
    kind: 'linear',
    async issuesByStates(states, signal) {
      return states.length === 0 ? [] : (await reads.poll({ states, ids: [] }, signal)).byStates;
    },
    async issuesByIds(ids, signal) {
      return ids.length === 0 ? [] : (await reads.poll({ states: [], ids }, signal)).byIds;
    },
    async poll(query, signal) {
      if (query.states.length === 0 && query.ids.length === 0) return { byStates: [], byIds: [] };
      const { requests, ...answer } = await reads.poll(query, signal);
      client.notePollCost(requests);
      preloadTool();
      return answer;
    },
    budget: () => client.budget,
    ...(webhookSecret === null ? {} : { webhook: linearWebhook({ secret: webhookSecret, clock }) }),
    tools: linearTools({
      client,
      access: config.toolAccess,
      projectSlugs: projectSlugs(projectSlug),
      callsPerHour: config.toolCallsPerHour,
      clock,
      reportProblem,
      secretEnvironmentNames: secretNames(tracker.provider),
    }),
    async close() {},
  };
}

/** A state that nobody has is never found; better to say so than to look at an empty board. */
function tellOfStates(
  orientation: Orientation,
  { activeStates, terminalStates }: Pick<TrackerSettings, 'activeStates' | 'terminalStates'>,
  { reportProblem, notice }: Pick<TrackerContext, 'reportProblem' | 'notice'>,
): void {
  const { states, projectName } = orientation;
  const unknown = unknownStates(activeStates, orientation);
  if (unknown.length > 0) {
    reportProblem({
      code: 'unknown_state',
      message: `tracker.active_states: no team of the project ${projectName} has ${quoted(unknown)}; it has ${quoted(states)}`,
    });
  }
  const ended = unknownStates(terminalStates, orientation);
  if (ended.length === 0) return;
  const message = `tracker.terminal_states: no team of the project ${projectName} has ${quoted(ended)}`;
  if (ended.length === terminalStates.length) {
    reportProblem({ code: 'unknown_state', message: `${message}, so no issue ever counts as finished` });
  } else {
    notice(message);
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${plainName(name)}"`).join(', ');
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    action();
  };
}
