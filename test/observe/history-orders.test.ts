import { describe, expect, test } from 'vitest';
import { History } from '../../src/observe/history.js';
import { Secrets } from '../../src/observe/redact.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

const MT1 = someFacts({ identifier: 'MT-1', state: 'In Progress' });
const QUESTION = { kind: 'commandApproval', text: 'wants to run `make`', choices: [] } as const;
const APPROVE = { kind: 'approve' } as const;

/** An issue that asks, and what is told from then on. */
function aQuestion() {
  const core = new CoreDriver();
  const history = new History({
    secrets: new Secrets(),
    now: () => core.wallMs,
    onListenerFailed: () => {},
  });
  core.begin(MT1);
  core.exit(MT1.id, { kind: 'inputRequired', question: QUESTION });
  core.observe = history.observe;
  const told = (): [string, string][] =>
    history.events({ limit: 100 }).events.map(({ kind, message }) => [kind, message]);
  return { core, told };
}

describe('what a person ordered', () => {
  test('is told as done only when it was: an answer that another one overtook was dropped', () => {
    const { core, told } = aQuestion();

    core.send({ type: 'questionAnswered', issueId: MT1.id, answer: APPROVE, expected: QUESTION.text });
    core.send({ type: 'questionAnswered', issueId: MT1.id, answer: { kind: 'decline' } });

    expect(told()).toEqual([
      ['question_answered', 'a person approved what it asks'],
      ['answer_dropped', 'a person’s answer came too late. MT-1 asks nothing, or was answered already.'],
    ]);
  });

  test('an answer to another question was dropped, and the question that stands is named', () => {
    const { core, told } = aQuestion();

    core.send({ type: 'questionAnswered', issueId: MT1.id, answer: APPROVE, expected: 'wants to push' });

    expect(told()).toEqual([
      [
        'answer_dropped',
        'a person’s answer came too late. Nothing was answered: MT-1 asks something else now: wants to run `make`',
      ],
    ]);
  });

  test('an answer to an issue that was let go meanwhile was dropped', () => {
    const { core, told } = aQuestion();
    core.send({ type: 'issueOrdered', issueId: MT1.id, order: 'release' });

    core.send({ type: 'questionAnswered', issueId: 'id of nothing', answer: APPROVE });

    expect(told().at(-1)).toEqual([
      'answer_dropped',
      'a person’s answer came too late. The issue is no longer held.',
    ]);
  });

  test('an order that no longer fits was dropped, too', () => {
    const { core, told } = aQuestion();
    core.send({ type: 'issueOrdered', issueId: MT1.id, order: 'stop' });

    core.send({ type: 'issueOrdered', issueId: MT1.id, order: 'stop' });
    core.send({ type: 'shutdownRequested' });
    core.send({ type: 'dispatchOrdered', order: 'pause' });

    expect(told()).toEqual([
      ['issue_ordered', 'a person ordered it to stop'],
      ['issue_parked', 'set aside: stopped by an operator'],
      ['order_dropped', 'a person’s order came too late. MT-1 is set aside already.'],
      ['shutdown_requested', 'Symphony is stopping'],
      ['order_dropped', 'a person’s order came too late. The daemon is stopping.'],
    ]);
  });
});
