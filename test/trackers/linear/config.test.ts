import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SymphonyError } from '../../../src/domain/error.js';
import { linearConfig } from '../../../src/trackers/linear/config.js';
import { trackerAdapters } from '../../../src/trackers/registry.js';
import { inspectWorkflow } from '../../../src/workflow/load.js';
import { aDirectory } from '../../helpers/agent-session.js';
import { KEY, linearFile, SLUG } from './linear-file.js';

// Goal: what a workflow file and the environment say about Linear means one thing, through the loader that the daemon uses.

type Env = Readonly<Record<string, string>>;

/** What the lines below `tracker.provider` come to. */
function config(provider: readonly string[], env: Env = { LINEAR_API_KEY: KEY }) {
  return linearConfig(linearFile({ provider }, env).settings.tracker.provider, env);
}

function thrownBy(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

/** The code and text with which these lines are refused. */
function refusal(provider: readonly string[], env: Env = { LINEAR_API_KEY: KEY }): string {
  try {
    config(provider, env);
  } catch (error) {
    if (error instanceof SymphonyError) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error('this configuration was accepted');
}

describe('the two forms of the file', () => {
  const lines = [
    'endpoint: https://linear.example/graphql',
    'api_key: $MY_KEY',
    'project_slug: payments-0123456789ab',
    'assignee: me',
  ];
  const env = { MY_KEY: KEY };

  test('mean the same', () => {
    const nested = linearFile({ provider: lines }, env).settings.tracker;

    expect(linearFile({ flat: lines }, env).settings.tracker).toEqual(nested);
    expect(linearConfig(nested.provider, env)).toEqual({
      endpoint: 'https://linear.example/graphql',
      apiKey: KEY,
      projectSlug: 'payments-0123456789ab',
      assignee: 'me',
      toolAccess: 'full',
      toolCallsPerHour: 240,
      webhookSecret: null,
    });
  });

  test('can be mixed: provider keys win, and flat keys fill the gaps', () => {
    const { provider } = linearFile(
      {
        provider: ['project_slug: mine-0123456789ab', 'assignee: null'],
        flat: ['project_slug: other-ba9876543210', 'assignee: me'],
      },
      { LINEAR_API_KEY: KEY },
    ).settings.tracker;

    expect(provider).toEqual({ project_slug: 'mine-0123456789ab', assignee: 'me' });
  });

  test('are told of by the names that stand in the file', () => {
    const flat = ['project_slug: payments-0123456789ab', 'endpoint: http://linear.example'];

    expect(() => linearFile({ flat })).toThrow(
      'WORKFLOW.md, line 5: tracker.endpoint is "http://linear.example"',
    );
    expect(() => linearFile({ provider: [SLUG, 'endpoint: http://linear.example'] })).toThrow(
      'WORKFLOW.md, line 6: tracker.provider.endpoint is "http://linear.example"',
    );
  });
});

describe('the key for Linear', () => {
  test.each<[string, readonly string[], Env]>([
    ['the file', [`api_key: ${KEY}`], {}],
    ['a variable', ['api_key: $MY_KEY'], { MY_KEY: ` ${KEY}\n`, LINEAR_API_KEY: 'another' }],
    ['a variable in braces', [`api_key: $${'{MY_KEY}'}`], { MY_KEY: KEY, LINEAR_API_KEY: 'another' }],
    ['LINEAR_API_KEY when the file has none', [], { LINEAR_API_KEY: KEY }],
    ['LINEAR_API_KEY when the file leaves it empty', ['api_key:'], { LINEAR_API_KEY: KEY }],
    ['LINEAR_API_KEY when the variable is not set', ['api_key: $MY_KEY'], { LINEAR_API_KEY: KEY }],
  ])('comes from %s', (_, lines, env) => {
    expect(config([SLUG, ...lines], env).apiKey).toBe(KEY);
  });

  test.each<[string, readonly string[], Env, string]>([
    ['nothing says it', [], {}, 'LINEAR_API_KEY'],
    ['LINEAR_API_KEY is blank', [], { LINEAR_API_KEY: ' ' }, 'LINEAR_API_KEY'],
    ['its variable is not set', ['api_key: $MY_KEY'], {}, 'MY_KEY or LINEAR_API_KEY'],
    [
      'its variable is set but empty, whatever LINEAR_API_KEY holds',
      ['api_key: $MY_KEY'],
      { MY_KEY: '', LINEAR_API_KEY: KEY },
      'MY_KEY',
    ],
    [
      'LINEAR_API_KEY itself is set but empty',
      ['api_key: $LINEAR_API_KEY'],
      { LINEAR_API_KEY: '' },
      'LINEAR_API_KEY',
    ],
  ])('is missing when %s', (_, lines, env, names) => {
    expect(refusal([SLUG, ...lines], env)).toMatch(
      new RegExp(`^missing_tracker_secret .*tracker\\.provider\\.api_key: .*set ${names} to it$`),
    );
  });

  test.each(['lin_api_01\nlin_api_02', 'lin_api_…'])(
    'that cannot be sent is refused without being shown',
    (key) => {
      expect(refusal([SLUG], { LINEAR_API_KEY: key })).toBe(
        'invalid_tracker_config WORKFLOW.md, line 4: tracker.provider.api_key holds characters that no key of Linear has. Copy it from Linear again',
      );
    },
  );
});

describe('everything that is wrong', () => {
  test('is told at once, each with its own line and key as they stand in the file', () => {
    const load = () =>
      linearFile(
        {
          flat: ['endpoint: http://linear.example', 'project_slug: My Project', 'asignee: me'],
          provider: [
            'tool_calls_per_hour: many',
            'tool_access: everything',
            'assignee: [me]',
            'webhook_secret: $NOT_SET',
            'team: x',
          ],
        },
        {},
      );

    expect(load).toThrow(SymphonyError);
    const lines = String(thrownBy(load)).replace('SymphonyError: ', '').split('\n');
    expect(lines.map((line) => line.split(' ').slice(0, 4).join(' '))).toEqual([
      'WORKFLOW.md, line 4: tracker.endpoint',
      'WORKFLOW.md, line 7: tracker.provider.api_key:',
      'WORKFLOW.md, line 5: tracker.project_slug',
      'WORKFLOW.md, line 10: tracker.provider.assignee',
      'WORKFLOW.md, line 9: tracker.provider.tool_access',
      'WORKFLOW.md, line 8: tracker.provider.tool_calls_per_hour',
      'WORKFLOW.md, line 11: tracker.provider.webhook_secret',
    ]);
  });

  test('is no reason to say less of what is only worth a warning', async () => {
    const provider = ['tool_access: everything', 'api_key: lin_api_x', 'tem: x', 'project_slug: {}'];
    const directory = await aDirectory();
    const file = join(directory, 'WORKFLOW.md');
    await writeFile(
      file,
      `---\ntracker:\n  kind: linear\n  provider:\n${provider.map((line) => `    ${line}\n`).join('')}---\nWork.\n`,
    );

    const { errors, warnings } = await inspectWorkflow(file, {
      env: {},
      known: { trackers: trackerAdapters, agents: ['codex'] },
    });

    expect(errors.map(({ key, line }) => `${line} ${key}`)).toEqual([
      '8 tracker.provider.project_slug',
      '5 tracker.provider.tool_access',
    ]);
    expect(warnings.map(({ key, line }) => `${line} ${key}`)).toEqual([
      '6 tracker.provider.api_key',
      '7 tracker.provider.tem',
    ]);
  });
});

describe('the project', () => {
  test.each([
    ['payments-0123456789ab', 'payments-0123456789ab'],
    ['0123456789ab', '0123456789ab'],
    ['"  payments-0123456789ab "', 'payments-0123456789ab'],
    ['https://linear.app/acme/project/payments-0123456789ab', 'payments-0123456789ab'],
    ['https://linear.app/acme/project/payments-0123456789ab/overview', 'payments-0123456789ab'],
    ['https://linear.app/acme/project/payments-0123456789ab/issues?layout=list#top', 'payments-0123456789ab'],
    ['$PROJECT', 'from-0123456789ab'],
  ])('%s is %s', (written, slug) => {
    const env = { LINEAR_API_KEY: KEY, PROJECT: 'from-0123456789ab' };

    expect(config([`project_slug: ${written}`], env).projectSlug).toBe(slug);
  });

  test.each([
    ['project_slug:', 'is missing: say which project'],
    ['project_slug: ""', 'is missing: say which project'],
    [
      'project_slug: $PROJECT',
      'names PROJECT, which is not set. Set it where Symphony runs, or write the value here',
    ],
    [
      'project_slug: https://linear.app/acme/team/ENG/active',
      "is no slug; take the last part of the project's address",
    ],
    ['project_slug: My Project', 'is "My Project", which is no slug'],
    ['project_slug: [a, b]', 'must be text'],
  ])('%s is refused, with what to do', (line, what) => {
    const text = refusal([line]);

    expect(text).toMatch(/^invalid_tracker_config /);
    expect(text).toContain('tracker.provider.project_slug');
    expect(text).toContain(what);
  });
});

describe('the endpoint', () => {
  test('is Linear unless the file names another', () => {
    expect(config([SLUG]).endpoint).toBe('https://api.linear.app/graphql');
  });

  test.each([
    'https://linear.example/graphql',
    'http://127.0.0.1:4000/graphql',
    'http://localhost/',
    'http://[::1]:1/',
  ])('can be %s', (address) => {
    expect(config([SLUG, `endpoint: "${address}"`]).endpoint).toBe(address);
  });

  test.each([
    ['http://linear.example/graphql', 'must be an https address'],
    ['http://127.0.0.1.example/', 'must be an https address'],
    ['ftp://localhost/', 'must be an https address'],
    ['linear', 'must be an https address'],
    ['$NOT_SET', 'names NOT_SET, which is not set'],
  ])('cannot be %s: the key is shown to nobody else', (address, what) => {
    expect(refusal([SLUG, `endpoint: ${address}`])).toMatch(
      /^invalid_tracker_config .*tracker\.provider\.endpoint /,
    );
    expect(refusal([SLUG, `endpoint: ${address}`])).toContain(what);
  });

  test('with a password in it is refused without showing it', () => {
    const text = refusal([SLUG, 'endpoint: https://me:geheim@linear.example/graphql']);

    expect(text).toMatch(
      /^invalid_tracker_config .*tracker\.provider\.endpoint holds a user name or a password/,
    );
    expect(text).not.toContain('geheim');
  });
});

describe('whose issues are worked on', () => {
  test.each<[string, readonly string[], Env, string | null]>([
    ["everybody's when nothing says it", [], {}, null],
    ['those of the assignee in the file', ['assignee: me'], { LINEAR_ASSIGNEE: 'ada' }, 'me'],
    ['those of a number', ['assignee: 12'], {}, '12'],
    ['those of LINEAR_ASSIGNEE alone', [], { LINEAR_ASSIGNEE: ' ada@example.com ' }, 'ada@example.com'],
    ['those of LINEAR_ASSIGNEE for an unset variable', ['assignee: $ME'], { LINEAR_ASSIGNEE: 'ada' }, 'ada'],
    [
      "everybody's when the variable is set but empty",
      ['assignee: $ME'],
      { ME: '', LINEAR_ASSIGNEE: 'ada' },
      null,
    ],
  ])('%s', (_, lines, env, assignee) => {
    expect(config([SLUG, ...lines], { LINEAR_API_KEY: KEY, ...env }).assignee).toBe(assignee);
  });
});

describe('what agents may do', () => {
  test.each(['full', 'scoped', 'read', 'Read', '$ACCESS'])('can be %s', (written) => {
    const env = { LINEAR_API_KEY: KEY, ACCESS: 'read' };
    const access = written === '$ACCESS' ? 'read' : written.toLowerCase();

    expect(config([SLUG, `tool_access: ${written}`], env).toolAccess).toBe(access);
  });

  test.each(['tool_access: everything', 'tool_access: $NOT_SET', 'tool_access: true'])(
    '%s is refused and never taken for the widest access',
    (line) => {
      expect(refusal([SLUG, line])).toMatch(/^invalid_tracker_config .*tracker\.provider\.tool_access /);
    },
  );

  test.each(['240', '"240"', '$CALLS'])('can be limited to %s calls an hour', (written) => {
    const env = { LINEAR_API_KEY: KEY, CALLS: '240' };

    expect(config([SLUG, `tool_calls_per_hour: ${written}`], env).toolCallsPerHour).toBe(240);
  });

  test.each(['0', '-1', '1.5', 'many', '[1]', 'false', '99999999999999999999'])(
    'cannot be limited to %s calls an hour',
    (written) => {
      expect(refusal([SLUG, `tool_calls_per_hour: ${written}`])).toMatch(
        /^invalid_tracker_config .*tracker\.provider\.tool_calls_per_hour /,
      );
    },
  );
});
