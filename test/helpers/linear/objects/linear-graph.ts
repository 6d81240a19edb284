import { linearFilters } from '../api/filters.js';
import type { LinearWorkspace } from '../workspace/workspace.js';
import { attachmentObject, commentObject, labelObject, relationObject } from './attached.js';
import type { LinearGraph } from './graph.js';
import { issueObject } from './issue.js';
import { projectObject, stateObject, teamObject, userObject } from './organized.js';

/** All of a workspace as graphql sees it. */
export function linearGraph(workspace: LinearWorkspace): LinearGraph {
  const graph: LinearGraph = {
    workspace,
    filters: linearFilters(workspace),
    issue: (row) => issueObject(row, graph),
    relation: (row) => relationObject(row, graph),
    comment: (row) => commentObject(row, graph),
    attachment: (row) => attachmentObject(row, graph),
    label: labelObject,
    state: (row) => stateObject(row, graph),
    team: (row) => teamObject(row, graph),
    project: (row) => projectObject(row, graph),
    user: (row) => userObject(row, graph),
  };
  return graph;
}
