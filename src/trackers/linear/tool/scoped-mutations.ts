import type { JsonObject, JsonValue } from '../../../domain/json.js';
import type { ToolRefusal } from '../../tool-refusal.js';
import type { RootField } from './operation.js';

/** Something a mutation changes, named as the agent named it; it has to belong to an issue of the project. */
export interface Target {
  readonly kind: 'issue' | 'comment' | 'attachment' | 'relation';
  readonly id: string;
}

/** An argument that may be given: one that names a target, one that is only a value, or an object of such. */
type Rule = Target['kind'] | 'value' | ArgumentRules;

export interface ArgumentRules {
  readonly [name: string]: Rule;
}

/** What shows an app user's comment or attachment under another name; not a way to act as somebody else. */
const AUTHOR: ArgumentRules = { createAsUser: 'value', displayIconUrl: 'value' };

const LINK: ArgumentRules = { issueId: 'issue', url: 'value', title: 'value', ...AUTHOR };

/**
 * The mutations of scoped access with the arguments that each may have: comments, state, labels, people in charge,
 * attachments and relations. Everything else is left out on purpose: text and place of an issue (title, description,
 * project, team, parent, priority …), new issues, deletions, archiving, reactions, resolving threads, uploads, anything
 * in batches, and arguments of Linear's own app.
 */
export const SCOPED_MUTATIONS: ReadonlyMap<string, ArgumentRules> = new Map(
  Object.entries({
    commentCreate: {
      input: {
        issueId: 'issue',
        parentId: 'comment',
        // Made by the caller; Linear refuses one that exists, which makes repeating safe.
        id: 'value',
        body: 'value',
        quotedText: 'value',
        doNotSubscribeToIssue: 'value',
        ...AUTHOR,
      },
    },
    commentUpdate: { id: 'comment', skipEditedAt: 'value', input: { body: 'value', quotedText: 'value' } },
    issueUpdate: {
      id: 'issue',
      input: {
        stateId: 'value',
        labelIds: 'value',
        addedLabelIds: 'value',
        removedLabelIds: 'value',
        assigneeId: 'value',
        delegateId: 'value',
      },
    },
    issueAddLabel: { id: 'issue', labelId: 'value' },
    issueRemoveLabel: { id: 'issue', labelId: 'value' },
    issueRelationCreate: { input: { issueId: 'issue', relatedIssueId: 'issue', type: 'value' } },
    issueRelationUpdate: {
      id: 'relation',
      input: { issueId: 'issue', relatedIssueId: 'issue', type: 'value' },
    },
    attachmentCreate: {
      input: {
        ...LINK,
        subtitle: 'value',
        iconUrl: 'value',
        metadata: 'value',
        groupBySource: 'value',
        commentBody: 'value',
      },
    },
    attachmentUpdate: {
      id: 'attachment',
      input: { title: 'value', subtitle: 'value', iconUrl: 'value', metadata: 'value' },
    },
    attachmentLinkURL: LINK,
    attachmentLinkGitHubPR: { ...LINK, linkKind: 'value' },
    attachmentLinkGitHubIssue: LINK,
    attachmentLinkGitLabMR: { ...LINK, projectPathWithNamespace: 'value', number: 'value' },
    attachmentLinkSlack: LINK,
    attachmentLinkDiscord: { ...LINK, channelId: 'value', messageId: 'value' },
    attachmentLinkFront: { ...LINK, conversationId: 'value' },
    attachmentLinkIntercom: { ...LINK, conversationId: 'value', partId: 'value' },
    attachmentLinkJiraIssue: { ...LINK, jiraIssueId: 'value' },
    attachmentLinkSalesforce: LINK,
    attachmentLinkZendesk: { ...LINK, ticketId: 'value' },
  } satisfies Record<string, ArgumentRules>),
);

/** Makes the refusal of what is named first; the second says what may be given instead. */
type Refuse = (what: string, allowed: string) => ToolRefusal;

/**
 * What a mutation touches. One whose target does not show is refused like one that has an argument too many.
 *
 * @throws what `refuse` makes of it
 */
export function targetsOf(field: RootField, rules: ArgumentRules, refuse: Refuse): readonly Target[] {
  const targets = targetsIn(field.args, rules, (argument, allowed) =>
    refuse(`argument ${argument} of ${field.name}`, allowed),
  );
  if (targets.length > 0) return targets;
  throw refuse(`mutation ${field.name} without a target`, `give ${targetNames(rules).join(' or ')}`);
}

function targetsIn(args: JsonObject, rules: ArgumentRules, refuse: Refuse): Target[] {
  return Object.entries(args).flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) throw refuse(name, `it may have ${Object.keys(rules).join(', ')}`);
    if (value === null || rule === 'value') return [];
    if (typeof rule === 'string') return [targetAt(name, value, rule, refuse)];
    if (!isObject(value)) throw refuse(name, 'it has to be an object');
    return targetsIn(value, rule, (inner, allowed) => refuse(`${name}.${inner}`, allowed));
  });
}

function targetAt(name: string, id: JsonValue, kind: Target['kind'], refuse: Refuse): Target {
  if (typeof id === 'string') return { kind, id };
  throw refuse(name, `it has to be the ${kind}'s id, a string`);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function targetNames(rules: ArgumentRules): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    if (typeof rule !== 'string') return targetNames(rule).map((inner) => `${name}.${inner}`);
    return rule === 'value' ? [] : [name];
  });
}
