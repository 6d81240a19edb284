import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BoardIssue, trackerContract } from '../../contracts/tracker.js';
import { issueFile, LocalBoardUnderTest } from '../../helpers/local-board.js';

function fields({ blockedBy, description: _description, ...plain }: BoardIssue) {
  return { ...plain, ...(blockedBy === undefined ? {} : { blocked_by: blockedBy }) };
}

trackerContract('local', async () => {
  const board = new LocalBoardUnderTest();
  const tracker = await board.start();
  return {
    tracker,
    put(issue) {
      board.write(`${issue.identifier}.md`, issueFile(fields(issue), issue.description));
      return Promise.resolve(issue.identifier);
    },
    breakIssue(id) {
      board.write(`${id}.md`, '---\nlabels: [never closed\n---\n');
      return Promise.resolve();
    },
    remove(id) {
      rmSync(join(board.folder, `${id}.md`));
      return Promise.resolve();
    },
    requests: () => board.operations.filter((operation) => operation === 'list').length,
    problems: board.problems,
    close: () => board.close(),
  };
});
