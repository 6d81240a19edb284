import { z } from 'zod';
import type { JsonObject, JsonValue } from '../domain/json.js';
import {
  anyText,
  boolean,
  destinations,
  kindOfValue,
  limitsByState,
  map,
  mapped,
  nameList,
  port,
  requiredLabels,
  script,
  secretText,
  text,
  textList,
  textOrMap,
  wholeNumber,
} from './readings.js';
import { type Applies, setting } from './setting.js';

const milliseconds = (fallback: number, describe: string, applies: Applies = 'live') =>
  setting({ type: 'milliseconds', fallback, describe, applies, read: (value) => wholeNumber(value, 1) });

const hook = (describe: string) =>
  setting<string | null>({ type: 'bash script', fallback: null, describe, applies: 'live', read: script });

const names = (describe: string) =>
  setting<readonly string[]>({
    type: 'list of names',
    fallback: [],
    describe,
    applies: 'new sessions',
    read: textList,
  });

const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess(
    (value) => value ?? {},
    z.looseObject(shape, {
      error: ({ input }) => `expected a map of settings (got ${kindOfValue(input)})`,
    }),
  );

/**
 * The front matter of WORKFLOW.md (SPEC 5.3): the one place of every key with its type, default and description.
 * Unknown keys pass; whoever loads the file warns about each.
 */
export const WorkflowSchema = z.looseObject({
  tracker: section({
    kind: setting<string | null>({
      type: 'string',
      fallback: null,
      describe: 'Which tracker to read: one of the kinds in docs/trackers. Required.',
      applies: 'live',
      read: text,
    }),
    provider: setting<JsonObject>({
      type: 'map',
      fallback: {},
      describe:
        "The tracker's own keys, such as scope and credentials; see the tracker's page in docs/trackers.",
      applies: 'live',
      read: map,
    }),
    required_labels: setting<readonly string[]>({
      type: 'list of strings',
      fallback: [],
      describe:
        'Labels an issue must all carry to be worked on, compared without case and surrounding blanks. A blank one matches no issue.',
      applies: 'live',
      read: (value) => mapped(nameList(value), requiredLabels),
    }),
    active_states: setting<readonly string[] | null>({
      type: 'list of strings',
      fallback: null,
      describe: "States whose issues are worked on, compared without case. Default: the tracker's own.",
      applies: 'live',
      read: textList,
    }),
    terminal_states: setting<readonly string[] | null>({
      type: 'list of strings',
      fallback: null,
      describe:
        "States in which an issue is finished: its run is stopped and its workspace removed. Default: the tracker's own.",
      applies: 'live',
      read: textList,
    }),
    endpoint: flat('endpoint'),
    api_key: flat('api_key'),
    project_slug: flat('project_slug'),
    assignee: flat('assignee'),
  }),
  polling: section({
    interval_ms: milliseconds(30_000, 'Time between two polls of the tracker.'),
  }),
  workspace: section({
    root: setting<string | null>({
      type: 'path',
      fallback: null,
      describe:
        'Parent of the workspaces. `~` and `$NAME` are resolved, a relative path against the folder of the workflow file. Default: `symphony_workspaces` in the temporary directory of the system.',
      applies: 'live',
      read: text,
    }),
  }),
  hooks: section({
    after_create: hook('Runs once in a workspace that was just made. A failure removes the workspace again.'),
    before_run: hook('Runs before each run attempt. A failure ends the attempt.'),
    after_run: hook('Runs after each run attempt, however it ended. A failure is logged and ignored.'),
    before_remove: hook('Runs before a workspace is removed. A failure is logged and ignored.'),
    timeout_ms: milliseconds(60_000, 'How long a hook may take; then its whole process tree is ended.'),
    env_allow: names(
      'Environment variables that hooks may see although their names look like secrets (`*KEY*`, `*TOKEN*`, `*SECRET*`, `*PASSWORD*`). Secrets of the tracker stay withheld.',
    ),
  }),
  agent: section({
    kind: setting({
      type: '`codex` or `scripted`',
      fallback: 'codex',
      describe: 'Which agent works: Codex, or the one that ships with Symphony and follows a script.',
      applies: 'live',
      read: text,
    }),
    max_concurrent_agents: setting({
      type: 'integer',
      fallback: 10,
      describe: 'How many agents run at the same time.',
      applies: 'live',
      read: (value) => wholeNumber(value, 1),
    }),
    max_turns: setting({
      type: 'integer',
      fallback: 20,
      describe: 'How many turns one session takes before it ends and the issue is taken up anew.',
      applies: 'live',
      read: (value) => wholeNumber(value, 1),
    }),
    max_retry_backoff_ms: milliseconds(
      300_000,
      'The longest a failed run waits for its retry: 10 s, 20 s, 40 s … this.',
    ),
    max_concurrent_agents_by_state: setting<{ readonly [state: string]: number }>({
      type: 'map of state to integer',
      fallback: {},
      describe:
        'Limits for single states, within the limit for all. Entries that are not positive integers are ignored.',
      applies: 'live',
      read: limitsByState,
    }),
    env_allow: names(
      "Environment variables that the agent's commands may see although their names look like secrets (`*KEY*`, `*TOKEN*`, `*SECRET*`, `*PASSWORD*`). Secrets of the tracker stay withheld.",
    ),
  }),
  codex: section({
    command: setting({
      type: 'shell command',
      fallback: 'codex app-server',
      describe:
        'Starts the agent; run as `bash -lc` in the workspace, untouched. Speaks the app-server protocol on stdio.',
      applies: 'new sessions',
      read: text,
    }),
    approval_policy: setting<JsonValue>({
      type: 'string or map',
      fallback: 'on-request',
      describe:
        'Handed to Codex, in the words of the installed version. With `never` Symphony accepts what is still asked; with any other a question blocks the issue until a person answers it or moves the issue.',
      applies: 'new sessions',
      read: textOrMap,
    }),
    thread_sandbox: setting({
      type: 'string',
      fallback: 'workspace-write',
      describe: 'What the turns may touch: `read-only`, `workspace-write` or `danger-full-access`.',
      applies: 'new sessions',
      read: anyText,
    }),
    turn_sandbox_policy: setting<JsonValue>({
      type: 'map or string',
      fallback: null,
      describe:
        'Handed to Codex with each turn. Default: made from `thread_sandbox` for the workspace. `workspaceWrite` without `writableRoots` gets what a commit needs.',
      applies: 'new sessions',
      read: textOrMap,
    }),
    turn_timeout_ms: milliseconds(
      3_600_000,
      'How long a turn may be silent; each output of the agent starts it anew.',
      'new sessions',
    ),
    read_timeout_ms: milliseconds(5_000, 'How long the agent may take to answer a request.', 'new sessions'),
    stall_timeout_ms: setting({
      type: 'milliseconds',
      fallback: 300_000,
      describe: 'A run silent for longer is stopped and retried. 0 or less switches this off.',
      applies: 'live',
      read: (value) => wholeNumber(value, Number.MIN_SAFE_INTEGER),
    }),
    command_timeout_ms: setting({
      type: 'milliseconds',
      fallback: 0,
      describe:
        'How long one command or tool call may run in silence before the run counts as stalled. 0 or less: as long as it takes.',
      applies: 'new sessions',
      read: (value) => wholeNumber(value, Number.MIN_SAFE_INTEGER),
    }),
    trust_workspace: setting({
      type: 'boolean',
      fallback: false,
      describe:
        'Lets Codex trust the workspace, and so load the configuration and start the MCP servers that its repository brings along, outside of the sandbox.',
      applies: 'new sessions',
      read: boolean,
    }),
    resume: setting({
      type: 'boolean',
      fallback: true,
      describe: 'Whether a retry goes on with the thread of the run before it, instead of a new one.',
      applies: 'live',
      read: boolean,
    }),
  }),
  server: section({
    port: setting<number | null>({
      type: 'integer',
      fallback: null,
      describe:
        'Serves the JSON API and the status page on this port; 0 takes any free one. `--port` goes before it.',
      applies: 'restart',
      read: port,
    }),
    host: setting({
      type: 'string',
      fallback: '127.0.0.1',
      describe:
        'Address to listen on. On anything but a loopback address everything there needs the token of the operator, reading too; it is plain HTTP, so put a proxy with https before it (docs/security.md).',
      applies: 'restart',
      read: text,
    }),
    token: setting<string | null>({
      type: 'string',
      fallback: null,
      describe:
        'Token of the operator, which whatever acts needs: `$NAME` of a variable that agents do not see, at least 16 characters. Default: one that is made in the state directory; `symphony token` prints it.',
      applies: 'restart',
      read: secretText,
    }),
    allowed_hosts: setting<readonly string[]>({
      type: 'list of names',
      fallback: [],
      describe:
        'Names, besides those of this machine, by which a browser may ask, such as the one of a proxy; a name with a port counts for that port only.',
      applies: 'restart',
      read: textList,
    }),
  }),
  observability: section({
    dashboard_enabled: setting({
      type: 'boolean',
      fallback: true,
      describe: 'Shows the terminal dashboard when standard output is a terminal.',
      applies: 'restart',
      read: boolean,
    }),
    refresh_ms: milliseconds(1_000, 'How often the terminal dashboard is drawn at least.', 'restart'),
    render_interval_ms: milliseconds(
      16,
      'How often the terminal dashboard is drawn at most; never more than ten times a second.',
      'restart',
    ),
  }),
  worker: section({
    ssh_hosts: setting<readonly string[]>({
      type: 'list of strings',
      fallback: [],
      describe:
        'Machines to work on over SSH, instead of this one: `name`, `user@name:port` or `[::1]:2200`, or a name of your SSH configuration. See docs/hosts.md.',
      applies: 'live',
      read: destinations,
    }),
    max_concurrent_agents_per_host: setting<number | null>({
      type: 'integer',
      fallback: null,
      describe:
        'How many agents run on one machine of `ssh_hosts` at the same time, within the limit for all. Without it only that one counts.',
      applies: 'live',
      read: (value) => wholeNumber(value, 1),
    }),
  }),
});

/** The front matter after the schema: every key present, in snake case, not yet resolved. */
export type WorkflowConfig = z.infer<typeof WorkflowSchema>;

function flat(key: string) {
  return setting<JsonValue>({
    type: 'string',
    fallback: null,
    describe: `The older form of \`tracker.provider.${key}\`, which goes before it.`,
    applies: 'live',
    read: (value) => ({ value: value as JsonValue }),
  });
}
