import { describe, expect, test } from 'vitest';
import type { ToolAccess } from '../../../../src/trackers/linear/tool/access.js';
import { linearSchema } from '../../../helpers/linear/schema.js';
import { expectValid, failure, ToolUnderTest } from './recording-linear.js';

const schema = linearSchema();
const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
const queries = Object.keys(schema.getQueryType()?.getFields() ?? {});

/** Of these root fields, those that the tool does not let through. Their arguments are left out: it is no matter of them. */
async function refused(
  access: ToolAccess,
  kind: 'query' | 'mutation',
  names: readonly string[],
): Promise<string[]> {
  const tool = new ToolUnderTest(access, 100_000);
  tool.linear.send = async () => ({ data: {}, errors: [] });
  const found: string[] = [];
  for (const name of names) {
    const { output } = await tool.call(`${kind} { ${name} { __typename } }`);
    if (JSON.stringify(output).includes('tool_access_refused')) found.push(name);
  }
  return found;
}

describe('full access', () => {
  test('lets every query through', async () => {
    expect(queries.length).toBeGreaterThan(150);
    expect(await refused('full', 'query', queries)).toEqual([]);
  });

  test('lets no key, webhook, user, organization or integration be administered, and refuses nothing else', async () => {
    const found = await refused('full', 'mutation', mutations);

    expect(found).toEqual(
      expect.arrayContaining(['webhookCreate', 'userUpdate', 'userChangeRole', 'userSuspend']),
    );
    expect(found).toEqual(
      expect.arrayContaining(['organizationUpdate', 'leaveOrganization', 'logoutAllSessions']),
    );
    expect(found).toEqual(
      expect.arrayContaining(['oauthApplicationRotateSecret', 'integrationGithubCommitCreate']),
    );
    const known = /^(webhook|user|organization|oauthApplication)[A-Z]|Organization|^logout|integration/i;
    expect(found.filter((name) => !known.test(name))).toEqual([
      'emailTokenUserAccountAuth',
      'emailUserAccountAuthChallenge',
      'googleUserAccountAuth',
      'passkeyLoginFinish',
      'passkeyLoginStart',
      'samlTokenUserAccountAuth',
    ]);
    expect(await refused('full', 'mutation', ['apiKeyCreate', 'apiKeyDelete'])).toHaveLength(2);
  });

  test.each([
    'mutation { issueCreate(input: { teamId: "t", title: "More" }) { issue { id } } }',
    'mutation { issueDelete(id: "OTHER-1") { success } }',
    'mutation { commentDelete(id: "c") { success } }',
    'mutation { issueBatchUpdate(ids: ["a"], input: { priority: 1 }) { success } }',
    'mutation { projectUpdate(id: "p", input: { name: "x" }) { success } }',
    'query { webhooks { nodes { secret } } }',
  ])('sends %s', async (query) => {
    const tool = new ToolUnderTest('full');

    expect(await tool.call(query)).toMatchObject({ success: true });
    expect([tool.linear.sent.length, tool.linear.lookUps.length]).toEqual([1, 0]);
  });

  test('says what was refused, in which access, and that nothing was sent', async () => {
    const tool = new ToolUnderTest('full');
    const query =
      'mutation { webhookCreate(input: { resourceTypes: ["Issue"], url: "https://a.example" }) { success } }';
    expectValid(query);

    expect(await tool.call(query)).toMatchObject(
      failure(
        'tool_access_refused',
        'webhookCreate',
        'tracker.provider.tool_access full',
        'Nothing was sent',
      ),
    );
    expect(tool.requests).toBe(0);
  });
});

describe('read access', () => {
  test('lets no mutation through', async () => {
    expect(await refused('read', 'mutation', mutations)).toEqual(mutations);
  });

  test('says that queries are allowed', async () => {
    const result = await new ToolUnderTest('read').call('mutation { commentDelete(id: "c") { success } }');

    expect(result).toMatchObject(
      failure('tool_access_refused', 'commentDelete', 'tracker.provider.tool_access read', 'only queries'),
    );
  });
});

describe('scoped access', () => {
  test('lets no mutation through but those around an issue', async () => {
    const left = new Set(await refused('scoped', 'mutation', mutations));

    // Those that are allowed are refused here for want of a target, so nothing is left.
    expect(mutations.filter((name) => !left.has(name))).toEqual([]);
    const result = await new ToolUnderTest('scoped').call(
      'mutation { issueDelete(id: "ENG-1") { success } }',
    );
    expect(result).toMatchObject(
      failure('tool_access_refused', 'issueDelete', 'scoped', 'commentCreate, commentUpdate'),
    );
  });
});

describe.each(['scoped', 'read'] as const)('%s access', (access) => {
  test('lets no query show administration or credentials', async () => {
    expect(await refused(access, 'query', queries)).toEqual([
      'administrableTeams',
      'agentSessionSandbox',
      'agentSessionSshAddress',
      'archivedIntegrations',
      'archivedTeams',
      'auditEntries',
      'auditEntryTypes',
      'auditLogWebhookFailureEvents',
      'authenticationSessions',
      'availableUsers',
      'emailIntakeAddress',
      'failuresForOauthWebhooks',
      'integration',
      'integrationHasScopes',
      'integrationJiraProjectStatuses',
      'integrationTemplate',
      'integrationTemplates',
      'integrations',
      'integrationsSettings',
      'issueImportCheckCSV',
      'issueImportCheckSync',
      'issueImportJqlCheck',
      'latestReleaseByAccessKey',
      'oauthApplication',
      'oauthApplications',
      'organizationDomainClaimRequest',
      'organizationInvite',
      'organizationInviteDetails',
      'organizationInvites',
      'originInstallUrl',
      'originInstallation',
      'originPendingInstallations',
      'partnerOfferDetails',
      'partnerOfferWorkspaces',
      'partnerProgramPartners',
      'pushSubscriptionTest',
      'quotas',
      'recentReleasesByAccessKey',
      'releasePipelineByAccessKey',
      'ssoUrlFromEmail',
      'templatesForIntegration',
      'usageAlert',
      'usageAlerts',
      'userSessions',
      'verifyGitHubEnterpriseServerInstallation',
      'webhook',
      'webhooks',
    ]);
  });

  test.each([
    ['webhooks', '{ teams { nodes { hooks: webhooks { nodes { id } } } } }'],
    ['inviteHash', '{ viewer { ...Who } } fragment Who on User { teams { nodes { inviteHash } } }'],
    ['calendarHash', '{ viewer { ... on User { calendarHash } } }'],
    ['calendarHash', '{ userSettings { calendarHash @skip(if: true) } }'],
    ['samlSettings', '{ organization { samlSettings } }'],
  ])('lets %s be read at no depth', async (name, query) => {
    const tool = new ToolUnderTest(access);
    expectValid(query);

    expect(await tool.call(query)).toMatchObject(failure('tool_access_refused', `field ${name}`));
    expect(tool.requests).toBe(0);
  });

  test.each([
    '{ __schema { queryType { name } } }',
    '{ __type(name: "Issue") { fields { name } } __typename }',
    '{ issues(filter: { team: { key: { eq: "ENG" } } }) { nodes { comments { nodes { body } } } } }',
    '{ teams { nodes { states { nodes { id name } } labels { nodes { id } } } } viewer { organization { urlKey } } }',
    '{ comment(hash: "abc") { agentSession { id } } }',
  ])('sends %s', async (query) => {
    const tool = new ToolUnderTest(access);

    expect(await tool.call(query)).toMatchObject({ success: true });
    expect([tool.linear.sent.length, tool.linear.lookUps.length]).toEqual([1, 0]);
  });
});
