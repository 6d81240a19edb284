import { trackerContract } from '../../contracts/tracker.js';
import { LinearUnderTest } from '../../helpers/linear/linear-tracker.js';

trackerContract('linear', async () => {
  const setup = await LinearUnderTest.start();
  const { linear, tracker, problems } = setup;
  const { board } = linear;
  board.addTeam('A');
  board.joinProject('A');
  return {
    tracker,
    put: async (issue) => board.put(issue).id,
    breakIssue: async (id) => board.corrupt(id, { title: '' }),
    remove: async (id) => board.delete(id),
    requests: () => linear.requests.length,
    problems,
    close: () => setup.close(),
  };
});
