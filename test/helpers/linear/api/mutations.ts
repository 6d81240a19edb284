import type { LinearGraph } from '../objects/graph.js';
import { addIssue, archiveIssue, relate } from '../workspace/issue-changes.js';
import { type AttachmentRow, type CommentRow, type IssueRow, RELATION_TYPES } from '../workspace/records.js';
import { added, type LinearWorkspace, remove } from '../workspace/workspace.js';
import { invalidArgument, refusedInput, UnsupportedByFake } from './failures.js';
import type { Input } from './filter.js';
import { changeIssue, text, uuid } from './issue-input.js';
import { issueOf, rowOf } from './lookups.js';

interface OnIssue {
  readonly id: string;
  readonly input: Input;
}
interface WithLabel {
  readonly id: string;
  readonly labelId: string;
}

/** The fields of `Mutation` that the fake answers. All are made by the viewer, and the last write wins. */
export function linearMutations(graph: LinearGraph): object {
  const { workspace } = graph;
  const changed = (issue: IssueRow, input: Input) => {
    changeIssue(workspace, issue, input);
    return { ...done(workspace), issue: graph.issue(issue) };
  };
  const archived = (issue: IssueRow, trash: boolean) => {
    archiveIssue(workspace, issue, trash);
    return { ...done(workspace), entity: graph.issue(issue) };
  };
  return {
    ...commentMutations(graph),
    ...attachmentMutations(graph),
    issueCreate: ({ input }: { readonly input: Input }) => ({
      issue: graph.issue(createIssue(workspace, input)),
      ...done(workspace),
    }),
    issueUpdate: ({ id, input }: OnIssue) => changed(issueOf(workspace, id), input),
    issueAddLabel: ({ id, labelId }: WithLabel) =>
      changed(issueOf(workspace, id), { addedLabelIds: [labelId] }),
    issueRemoveLabel: ({ id, labelId }: WithLabel) =>
      changed(issueOf(workspace, id), { removedLabelIds: [labelId] }),
    issueArchive: ({ id, trash }: { readonly id: string; readonly trash?: boolean | null }) =>
      archived(issueOf(workspace, id), trash === true),
    issueDelete: (args: { readonly id: string; readonly permanentlyDelete?: boolean | null }) => {
      const issue = issueOf(workspace, args.id);
      if (args.permanentlyDelete !== true) return archived(issue, true);
      workspace.removeIssue(issue);
      return { ...done(workspace), entity: null };
    },
    issueRelationCreate: ({ input }: { readonly input: Input }) => {
      const { id, issueId, relatedIssueId, type: written } = known(input, RELATION_KEYS);
      const type = RELATION_TYPES.find((candidate) => candidate === written);
      if (type === undefined) throw new UnsupportedByFake(`relations of the type ${String(written)}`);
      const relation = relate(workspace, {
        type,
        issue: issueOf(workspace, text(issueId, 'issueId')),
        relatedIssue: issueOf(workspace, text(relatedIssueId, 'relatedIssueId')),
        id: newId(workspace.relations, id, 'IssueRelation'),
      });
      return { ...done(workspace), issueRelation: graph.relation(relation) };
    },
  };
}

/** Adds an issue in the first state of its team, then in what the input says; all of it or nothing. */
function createIssue(workspace: LinearWorkspace, { id, teamId, ...rest }: Input): IssueRow {
  const team = rowOf(workspace.teams, uuid(teamId, 'teamId'), 'Team');
  const [state] = workspace.statesOf(team);
  if (state === undefined) throw new UnsupportedByFake(`issues in the team ${team.key}, which has no states`);
  const issue = addIssue(workspace, { state, id: newId(workspace.issues, id, 'Issue') });
  try {
    changeIssue(workspace, issue, { title: null, ...rest });
  } catch (error) {
    workspace.removeIssue(issue);
    throw error;
  }
  return issue;
}

function commentMutations({ workspace, comment }: LinearGraph) {
  const answer = (row: CommentRow) => ({ ...done(workspace), comment: comment(row) });
  return {
    commentCreate: ({ input }: { readonly input: Input }) => {
      const { id, issueId, body, parentId } = known(input, COMMENT_KEYS);
      const row: CommentRow = {
        ...workspace.newRow({ id: newId(workspace.comments, id, 'Comment') }),
        issue: issueOf(workspace, text(issueId, 'issueId')),
        user: workspace.viewer,
        parent: isGiven(parentId) ? rowOf(workspace.comments, uuid(parentId, 'parentId'), 'Comment') : null,
        body: bodyOf(body),
        editedAtMs: null,
      };
      return answer(added(workspace.comments, row));
    },
    commentUpdate: ({ id, input }: OnIssue) => {
      const row = rowOf(workspace.comments, id, 'Comment');
      row.body = bodyOf(known(input, ['body', 'doNotSubscribeToIssue'])['body']);
      workspace.touch(row);
      row.editedAtMs = row.updatedAtMs;
      return answer(row);
    },
    commentDelete: ({ id }: { readonly id: string }) => {
      const row = rowOf(workspace.comments, id, 'Comment');
      remove(workspace.comments, (candidate) => candidate === row || candidate.parent === row);
      return { ...done(workspace), entityId: row.id };
    },
  };
}

function attachmentMutations({ workspace, attachment }: LinearGraph) {
  const attach = ({ id, issueId, title, url, subtitle, metadata }: Input) => {
    const issue = issueOf(workspace, text(issueId, 'issueId'));
    const address = text(url, 'url');
    if (!URL.canParse(address)) throw invalidArgument('url must be a URL address');
    const shown = {
      title: isGiven(title) ? text(title, 'title') : address,
      subtitle: isGiven(subtitle) ? text(subtitle, 'subtitle') : null,
      metadata: isGiven(metadata) ? metadata : {},
    };
    const same = workspace.attachments.find((row) => row.issue === issue && row.url === address);
    const row = same ?? newAttachment(workspace, { id, issue, url: address });
    Object.assign(row, shown);
    workspace.touch(row);
    return { ...done(workspace), attachment: attachment(row) };
  };
  return {
    attachmentCreate: ({ input }: { readonly input: Input }) => attach(known(input, ATTACHMENT_KEYS)),
    attachmentLinkURL: (args: Input) => attach(known(args, LINK_KEYS)),
  };
}

function newAttachment(
  workspace: LinearWorkspace,
  { id, issue, url }: { readonly id: unknown; readonly issue: IssueRow; readonly url: string },
): AttachmentRow {
  return added(workspace.attachments, {
    ...workspace.newRow({ id: newId(workspace.attachments, id, 'Attachment') }),
    issue,
    creator: workspace.viewer,
    url,
    title: '',
    subtitle: null,
    metadata: {},
  });
}

const RELATION_KEYS = ['id', 'issueId', 'relatedIssueId', 'type'];
const COMMENT_KEYS = ['id', 'issueId', 'body', 'parentId', 'doNotSubscribeToIssue'];
const ATTACHMENT_KEYS = ['id', 'issueId', 'title', 'subtitle', 'url', 'metadata', 'iconUrl'];
const LINK_KEYS = ['id', 'issueId', 'title', 'url'];

/** The input, when the fake knows all of its keys. */
function known(input: Input, keys: readonly string[]): Input {
  const unknown = Object.entries(input).find(([key, value]) => isGiven(value) && !keys.includes(key));
  if (unknown !== undefined) throw new UnsupportedByFake(`the input ${unknown[0]}`);
  return input;
}

/** The id that a client made for a new row, once; none when Linear shall make it. */
function newId(rows: readonly { readonly id: string }[], given: unknown, entity: string): string | undefined {
  if (!isGiven(given)) return undefined;
  const id = uuid(given, 'id');
  if (rows.some((row) => row.id === id)) throw refusedInput(`${entity} with this id already exists`);
  return id;
}

function bodyOf(value: unknown): string {
  const body = text(value, 'body');
  if (body === '') throw invalidArgument('body should not be empty');
  return body;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function done(workspace: LinearWorkspace) {
  return { success: true, lastSyncId: workspace.changes };
}
