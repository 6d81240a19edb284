import type { ToolSpec } from '../../../ports/tracker.js';
import type { ToolAccess } from './access.js';

/** The tool's name, as in the reference implementation. */
export const LINEAR_TOOL = 'linear_graphql';

const ALLOWED: Readonly<Record<ToolAccess, string>> = {
  full: 'Queries and mutations are allowed, administration (keys, webhooks, users, organization, integrations) is not.',
  scoped:
    'Queries are allowed, and mutations on issues of this project: comments, state, labels, assignee, attachments, relations (commentCreate, commentUpdate, issueUpdate, issueAddLabel, issueRemoveLabel, attachmentCreate, attachmentLinkURL, issueRelationCreate and the like).',
  read: 'Queries are allowed, mutations are not.',
};

const EXAMPLE =
  '{"query": "query($id: String!) { issue(id: $id) { title state { name } comments(first: 20) { nodes { body } } } }", "variables": {"id": "ENG-12"}}';

/** The tool as an agent session is told of it. */
export function toolSpec(access: ToolAccess): ToolSpec {
  return {
    name: LINEAR_TOOL,
    description: `Runs one GraphQL operation on Linear's API; Symphony signs in. ${ALLOWED[access]} Example: ${EXAMPLE}`,
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'A GraphQL document with one query or mutation.' },
        variables: {
          type: ['object', 'null'],
          description: "The document's variables.",
          additionalProperties: true,
        },
        operationName: {
          type: ['string', 'null'],
          description: 'Which operation to run, when the document has several.',
        },
      },
      required: ['query'],
      additionalProperties: false,
    },
  };
}
