import { SymphonyClient, SymphonyError } from '../../src/client/client.js';

/** Tells what happens to an issue, and stops it at its first error. */
export async function watch(baseUrl: string, token: string, issue: string, tell: (line: string) => void) {
  const daemon = new SymphonyClient({ baseUrl, token });
  const { title, status, blocked } = await daemon.issue(issue);
  tell(`${title}: ${status}`);
  if (blocked?.question.kind === 'commandApproval') {
    const { text: question } = blocked.question;
    await daemon.answer(issue, { kind: 'decline' }, { question });
  }
  for await (const item of daemon.stream({ issue, latest: 10 })) {
    if (item.kind !== 'event') continue;
    tell(`${item.event.at} ${item.event.message}`);
    if (item.event.level === 'error') break;
  }
  try {
    await daemon.order(issue, 'stop');
  } catch (error) {
    if (!(error instanceof SymphonyError) || error.code !== 'order_refused') throw error;
    tell(error.message);
  }
}
