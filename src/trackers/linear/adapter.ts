import type { TrackerAdapter } from '../adapter.js';
import { LINEAR_KEYS, linearConfig, secretNames } from './config.js';
import { linearWarnings } from './config-warnings.js';

/** Linear's workflow; its states as a new workspace has them. */
const ACTIVE_STATES = ['Todo', 'In Progress'];
const TERMINAL_STATES = ['Closed', 'Cancelled', 'Canceled', 'Duplicate', 'Done'];

/** Issues of one Linear project; see docs/trackers/linear.md. */
export const linearAdapter: TrackerAdapter = {
  kind: 'linear',
  defaultActiveStates: ACTIVE_STATES,
  defaultTerminalStates: TERMINAL_STATES,
  validate({ provider }, { env }) {
    linearConfig(provider, env);
  },
  warnings: ({ provider }) => linearWarnings(provider, LINEAR_KEYS),
  projectUrl: ({ provider }, env) =>
    `https://linear.app/project/${encodeURIComponent(linearConfig(provider, env).projectSlug)}/issues`,
  secretEnvironmentNames: ({ provider }) => secretNames(provider),
  secretValues({ provider }, env) {
    const { apiKey, webhookSecret } = linearConfig(provider, env);
    return webhookSecret === null ? [apiKey] : [apiKey, webhookSecret];
  },
  async examine(examination) {
    const { examineLinear } = await import('./examine.js');
    return await examineLinear(examination);
  },
  async create(context) {
    const { createLinearTracker } = await import('./index.js');
    return createLinearTracker(context);
  },
};
