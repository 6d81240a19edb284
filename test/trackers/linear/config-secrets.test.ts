import { describe, expect, test } from 'vitest';
import { SymphonyError } from '../../../src/domain/error.js';
import { linearAdapter } from '../../../src/trackers/linear/adapter.js';
import { KEY, linearFile, SLUG } from './linear-file.js';

// Goal: what an operator is told of a file that works, and what is kept from everybody.

const SECRET = 'lin_wh_0123456789abcdef';

/** What is told of these lines below `tracker.provider`, with its line in the file. */
function warnings(...provider: readonly string[]): string[] {
  return linearFile({ provider }, { LINEAR_API_KEY: KEY, NAME: KEY }).warnings.map(
    ({ line, message }) => `${line}: ${message}`,
  );
}

describe('a warning', () => {
  test('is not given for a file that does all as documented', () => {
    expect(warnings(SLUG, 'api_key: $NAME', 'assignee: me', 'tool_access: scoped')).toEqual([]);
  });

  test('tells of a variable in braces, which others do not know', () => {
    expect(warnings(SLUG, `api_key: $${'{NAME}'}`)).toEqual([
      `6: tracker.provider.api_key: $${'{NAME}'} was resolved; other implementations take only $NAME`,
    ]);
  });

  test.each(['api_key', 'webhook_secret'])('tells that %s stands in the file, without showing it', (key) => {
    const [warning, ...others] = warnings(SLUG, `${key}: ${SECRET}`);

    expect(warning).toMatch(new RegExp(`^6: tracker\\.provider\\.${key} stands in the file`));
    expect(warning).toContain('$NAME');
    expect(warning).not.toContain(SECRET);
    expect(others).toEqual([]);
  });

  test.each([
    'symphony-0c79b11b75ea',
    'my-project-0123456789ab',
    'your-project-slug',
    'my-example',
    'changeme',
    'xxx',
  ])('tells that %s is only an example of a project', (slug) => {
    expect(warnings(`project_slug: ${slug}`)).toEqual([
      `5: tracker.provider.project_slug: "${slug}" looks like an example; put in the last part of your project's address in Linear, behind /project/, which symphony init lists, too`,
    ]);
  });

  test.each([
    'example-shop-0123456789ab',
    'footer-redesign-0123456789ab',
    '0123456789ab',
    'https://linear.app/exchange/project/shop-0123456789ab/issues',
    '$NAME',
  ])('is not given for the project %s', (slug) => {
    expect(warnings(`project_slug: ${slug}`)).toEqual([]);
  });

  test.each([
    ['token: x', 'token', 'did you mean api_key?'],
    ['assigne: x', 'assigne', 'did you mean assignee?'],
    ['tool_calls: x', 'tool_calls', 'the keys are endpoint, api_key, project_slug'],
    ['team: x', 'team', 'the keys are endpoint, api_key, project_slug'],
  ])('tells that %s is not known, and what was meant', (line, key, mend) => {
    const [warning, ...others] = warnings(SLUG, line);

    expect(warning).toContain(`6: tracker.provider.${key} is not known and ignored; ${mend}`);
    expect(others).toEqual([]);
  });

  test('always begins with the key that it is about', () => {
    const provider = {
      api_key: KEY,
      webhook_secret: SECRET,
      project_slug: 'your-slug',
      asignee: 'x',
      team: 'y',
    };
    const texts = linearAdapter.warnings?.({ provider, activeStates: [], terminalStates: [] }) ?? [];

    expect(texts.map((text) => /^tracker\.provider\.(\w+)[ :]/.exec(text)?.[1]).sort()).toEqual(
      Object.keys(provider).sort(),
    );
  });
});

describe('a secret', () => {
  const settings = (provider: readonly string[], env: Readonly<Record<string, string>>) =>
    linearFile({ provider: [SLUG, ...provider] }, env).settings.tracker;

  test('is known to those who hide it, wherever it comes from', () => {
    const env = { MY_KEY: ` ${KEY} `, MY_SECRET: SECRET };
    const named = settings(['api_key: $MY_KEY', `webhook_secret: $${'{MY_SECRET}'}`], env);

    expect(linearAdapter.secretValues(named, env)).toEqual([KEY, SECRET]);
    expect(
      linearAdapter.secretValues(settings([], { LINEAR_API_KEY: KEY }), { LINEAR_API_KEY: KEY }),
    ).toEqual([KEY]);
  });

  test('is inherited by no child, under whatever names the environment has it', () => {
    const env = { MY_KEY: KEY, MY_SECRET: SECRET };
    const named = settings(['api_key: $MY_KEY', `webhook_secret: $${'{MY_SECRET}'}`], env);

    expect(linearAdapter.secretEnvironmentNames(named)).toEqual(['LINEAR_API_KEY', 'MY_KEY', 'MY_SECRET']);
    expect(linearAdapter.secretEnvironmentNames(settings([`api_key: ${KEY}`], {}))).toEqual([
      'LINEAR_API_KEY',
    ]);
  });

  test.each([
    ['webhook_secret: ""', 'is empty'],
    ['webhook_secret: "  "', 'is empty'],
    ['webhook_secret: $MY_SECRET', 'names MY_SECRET, which is not set'],
    ['webhook_secret: $EMPTY', 'names EMPTY, which is not set'],
  ])('of the webhook that proves nothing is refused: %s', (line, what) => {
    const load = () => settings([line], { LINEAR_API_KEY: KEY, EMPTY: '' });

    expect(load).toThrow(SymphonyError);
    expect(load).toThrow(
      `tracker.provider.webhook_secret ${what}. Set it to the signing secret of the webhook`,
    );
  });
});
