import { expect, test } from 'vitest';
import { TranscriptResponse } from '../../../src/api/schema-history.js';
import { DAEMON_TEST, Place, until } from '../../helpers/board-daemon.js';
import { ask, Operator, StreamReader } from '../../helpers/daemon-calls.js';

// Goal: an issue is reached whatever people call it, and none is in the way of what the daemon itself is asked.

const NAMES = ['state', 'events', 'pause', 'team/a-1', 'ä 漢?#%2F', '../../etc', 'a&b"<i>'];

test.concurrent(
  'issues are shown and ordered by any name, and hide nothing',
  DAEMON_TEST,
  async (context) => {
    const place = new Place(context, { agent: { max_concurrent_agents: NAMES.length } });
    for (const [index, name] of NAMES.entries()) {
      place.write(
        `board/${index}.md`,
        `---\nidentifier: ${JSON.stringify(name)}\ntitle: Number ${index}\n---\n`,
      );
    }
    const daemon = await place.daemon();
    await daemon.running(...NAMES);

    for (const [index, name] of NAMES.entries()) {
      const path = `/api/v1/issues/${encodeURIComponent(name)}`;
      expect(await ask(daemon, `GET ${path}`)).toMatchObject({
        status: 200,
        body: { issue_identifier: name, title: `Number ${index}`, status: 'running' },
      });
      expect((await ask(daemon, `GET ${path}/explain`)).body).toMatchObject({ issue_identifier: name });
      // Its file is made beside the session, and may be a moment behind.
      const transcript = await until(`the transcript of ${name}`, async () => {
        const seen = TranscriptResponse.parse((await ask(daemon, `GET ${path}/transcript`)).body);
        return seen.sessions.length > 0 && seen;
      });
      expect(transcript).toMatchObject({ issue_identifier: name, sessions: [expect.anything()] });
      const stream = await StreamReader.of(daemon, `${path}/events?limit=1000`);
      await stream.tells('run_started', name);
      stream.breakOff();
    }
    await new Operator(place, daemon).order('stop', 'pause');
    const { hold, parked } = await daemon.showing('it parked', ({ counts }) => counts.parked === 1);
    expect(parked).toMatchObject([{ issue_identifier: 'pause' }]);
    expect(hold).toBeNull();
    expect((await ask(daemon, 'GET /api/v1/events')).body).toMatchObject({ has_more: expect.any(Boolean) });
  },
);
