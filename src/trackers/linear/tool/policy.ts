import { ToolRefusal } from '../../tool-refusal.js';
import { TOOL_ACCESS_KEY, type ToolAccess } from './access.js';
import type { Operation } from './operation.js';
import { SCOPED_MUTATIONS, type Target, targetsOf } from './scoped-mutations.js';

/**
 * Mutations that administer who may do what: keys and the credentials of applications, webhooks, users and their
 * sign-in, the organization, and connections to other services, whose answers hold secrets. No agent may do these,
 * whatever its access. Patterns rather than a list, because Linear's schema grows in place.
 */
const ADMINISTRATION: readonly RegExp[] = [
  /apiKey/i,
  /oauth/i,
  /webhook/i,
  /^user/,
  /userAccountAuth|^passkey|^logout/i,
  /organization/i,
  /integration/i,
];

/** Root fields of queries that show how a workspace is administered or secured, or that set something in motion. */
const ADMINISTRATIVE_READS: readonly RegExp[] = [
  /apiKey|accessKey/i,
  /oauth/i,
  /webhook/i,
  /integration/i,
  /installation|^originInstallUrl$/i,
  /^audit/,
  /^authenticationSessions$|^userSessions$|^availableUsers$|^ssoUrlFromEmail$/,
  /^agentSession(Sandbox|SshAddress)$/,
  /^organization(Invite|DomainClaim)/,
  /^(administrable|archived)Teams$/,
  /^emailIntakeAddress$/,
  /^issueImport/,
  /^partner|^quotas$|^usageAlert/,
  /^pushSubscriptionTest$/,
];

/** Fields that are, or lead to, something to sign in with; they can be reached below almost anything. */
const CREDENTIALS: readonly RegExp[] = [
  /secret|token$|^token|webhooks?$/i,
  /^(inviteHash|calendarHash|cycleCalenderUrl)$/,
  /^(authSettings|samlSettings|scimSettings|ipRestrictions)$/,
];

/**
 * Decides from the document alone whether an operation may run, and names what it touches that is still to be looked up.
 *
 * - `full`: all queries, and all mutations but administration.
 * - `scoped`: queries without administration and credentials, and the mutations of `SCOPED_MUTATIONS`.
 * - `read`: those queries.
 *
 * @throws ToolRefusal `tool_access_refused`
 */
export function judge(operation: Operation, access: ToolAccess): readonly Target[] {
  if (access === 'full') {
    if (operation.kind === 'mutation') refuseNamed(operation, ADMINISTRATION, 'mutation', access);
    return [];
  }
  if (operation.kind === 'query') refuseNamed(operation, ADMINISTRATIVE_READS, 'query', access);
  const targets = operation.kind === 'query' ? [] : mutationTargets(operation, access);
  refuseCredentials(operation, access);
  return targets;
}

function mutationTargets({ rootFields }: Operation, access: 'scoped' | 'read'): readonly Target[] {
  const mutations = rootFields.filter(({ name }) => name !== '__typename');
  if (access === 'read') {
    throw refusal(`mutation ${mutations[0]?.name ?? ''}`, access, 'only queries are allowed');
  }
  return mutations.flatMap((field) => {
    const rule = SCOPED_MUTATIONS.get(field.name);
    if (rule !== undefined) return targetsOf(field, rule, (what, allowed) => refusal(what, access, allowed));
    const allowed = `allowed mutations are ${[...SCOPED_MUTATIONS.keys()].join(', ')}`;
    throw refusal(`mutation ${field.name}`, access, allowed);
  });
}

function refuseNamed(
  { rootFields }: Operation,
  patterns: readonly RegExp[],
  kind: string,
  access: ToolAccess,
): void {
  const refused = rootFields.find(({ name }) => patterns.some((pattern) => pattern.test(name)));
  if (refused === undefined) return;
  throw refusal(`${kind} ${refused.name}`, access, 'administration of the workspace is left to people');
}

function refuseCredentials({ fieldNames }: Operation, access: ToolAccess): void {
  const refused = [...fieldNames].find((name) => CREDENTIALS.some((pattern) => pattern.test(name)));
  if (refused === undefined) return;
  throw refusal(`field ${refused}`, access, 'fields that show credentials are left to people; leave it out');
}

/** A refusal as the agent reads it: what was refused, under which access, and what it may do. */
export function refusal(what: string, access: ToolAccess, allowed: string): ToolRefusal {
  const message = `${what} is not allowed with ${TOOL_ACCESS_KEY} ${access}: ${allowed}. Nothing was sent.`;
  return new ToolRefusal('tool_access_refused', message, { tool_access: access });
}
