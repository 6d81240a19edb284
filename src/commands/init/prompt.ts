import { plainLine } from '../../trackers/plain-line.js';
import type { InitPlan } from './plan.js';

const MAX_STATE_LENGTH = 80;

/** The prompt of a first workflow file: what the issue is, and how the agent moves it on. */
export function firstPrompt(plan: InitPlan): string {
  const steps = [...begin(plan), ...work(plan), ...finish(plan)];
  const numbered = steps.map((step, index) => `${index + 1}. ${step}`).join('\n');
  const place = plan.repository === null ? 'this directory' : 'this directory, a clone of the repository';
  return `${HEAD}
Work only in ${place}. Nobody watches meanwhile: decide what is open yourself, and say in the comment what you decided.

${numbered}
`;
}

const HEAD = `You are working on issue {{ issue.identifier }}: {{ issue.title }}

State: {{ issue.state }}
{%- if issue.labels.size > 0 %}
Labels: {{ issue.labels | join: ", " }}
{%- endif %}
{%- if attempt %}
This is attempt {{ attempt }}. Go on from what is already in the workspace.
{%- endif %}

{% if issue.description %}{{ issue.description }}{% else %}No description was given.{% endif %}
`;

/** Tools and states of the tracker, in the words of the prompt. */
function means({ tracker }: InitPlan): { tool: string; begun: string | null; done: string | null } {
  if (tracker.kind === 'local') return { tool: 'local_issue', begun: 'In Progress', done: 'Done' };
  const { begun, done } = tracker.states;
  return { tool: 'linear_graphql', begun, done };
}

function begin(plan: InitPlan): string[] {
  const { tool, begun } = means(plan);
  return begun === null
    ? []
    : [`Move the issue to ${state(begun)} with the tool \`${tool}\`, unless it is there.`];
}

function work({ repository }: InitPlan): string[] {
  const does = 'Do what the issue asks, and check that it works.';
  return repository === null
    ? [does]
    : [
        does,
        'Commit on the branch that is checked out, with a message that names {{ issue.identifier }}; it is pushed for you.',
      ];
}

function finish(plan: InitPlan): string[] {
  const { tool, done } = means(plan);
  const comment = `Comment on the issue with \`${tool}\`: what you did, and how you checked it.`;
  return done === null ? [comment] : [comment, `Move the issue to ${state(done)}.`];
}

/** The name of a state as text: what looks like a template in it is none. */
function state(name: string): string {
  const shown = plainLine(name, MAX_STATE_LENGTH);
  return /\{[{%]/.test(shown) ? `{% raw %}${shown}{% endraw %}` : shown;
}
