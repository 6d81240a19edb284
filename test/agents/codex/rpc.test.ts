import { describe, expect, test } from 'vitest';
import { type Reply, Rpc, type ServerRequest } from '../../../src/agents/codex/rpc.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';

function setup() {
  const clock = new VirtualClock();
  const written: string[] = [];
  const told: string[] = [];
  const requests: ServerRequest[] = [];
  const rpc = new Rpc({
    clock,
    write: (line) => written.push(line.trim()),
    readTimeoutMs: 100,
    requestLimitMs: 1_000,
    nameOnly: new Set(['a/delta']),
    listener: {
      onNotification: (method, params) => told.push(`${method} ${JSON.stringify(params)}`),
      onRequest: (request) => requests.push(request),
      onOther: (text) => told.push(`other ${text}`),
      onMalformed: (text) => told.push(`malformed ${text}`),
    },
  });
  const replies: Reply[] = [];
  const send = (method: string) => rpc.send(method, {}, (reply) => replies.push(reply));
  return { clock, rpc, written, told, requests, replies, send };
}

const result = (value: object) => ({ kind: 'result', result: value });
const failed = (reason: string) => ({ kind: 'failed', failure: { reason, detail: expect.anything() } });

describe('replies', () => {
  test('find their requests in any order', () => {
    const { rpc, send, replies } = setup();
    send('a');
    send('b');

    rpc.receive('{"id":2,"result":{"for":"b"}}');
    rpc.receive('{"id":1,"result":{"for":"a"}}');

    expect(replies).toEqual([result({ for: 'b' }), result({ for: 'a' })]);
  });

  test('with an error, or with neither result nor error, are failures', () => {
    const { rpc, send, replies } = setup();
    send('a');
    send('b');

    rpc.receive('{"id":1,"error":{"code":-32600,"message":"bad\\u001b[31m params"}}');
    rpc.receive('{"id":2}');

    expect(replies).toEqual([
      {
        kind: 'failed',
        failure: { reason: 'response_error', detail: 'the agent refused a: bad params (-32600)' },
      },
      failed('response_error'),
    ]);
  });

  test('that come before their request make all later lines wait for it, in order', () => {
    const { rpc, send, replies, told } = setup();

    rpc.receive('{"id":1,"result":{"early":1}}');
    rpc.receive('{"method":"first","params":{}}');
    rpc.receive('{"id":2,"result":{"early":2}}');
    rpc.receive('{"method":"second","params":{}}');
    expect(told).toEqual([]);

    send('a');
    expect(replies).toEqual([result({ early: 1 })]);
    expect(told).toEqual(['first {}']);
    send('b');
    expect(replies).toEqual([result({ early: 1 }), result({ early: 2 })]);
    expect(told).toEqual(['first {}', 'second {}']);
  });

  test('that come before a request nobody sends hold no more than a bounded number of lines', () => {
    const { rpc, told } = setup();
    rpc.receive('{"id":1,"result":{}}');

    for (let count = 0; count < 5_000; count += 1) rpc.receive('{"method":"n","params":{}}');

    expect(told).toHaveLength(5_001);
  });

  test('under the id of an answered request belong to the one that is pending, if that is of the same method', () => {
    const { rpc, send, replies, told } = setup();
    send('turn/start');
    rpc.receive('{"id":1,"result":{"turn":1}}');
    send('turn/start');
    rpc.receive('{"id":1,"result":{"turn":2}}');
    expect(replies).toEqual([result({ turn: 1 }), result({ turn: 2 })]);

    send('turn/interrupt');
    rpc.receive('{"id":1,"result":{"turn":3}}');
    expect(replies).toHaveLength(2);
    expect(told).toEqual(['other {"id":1,"result":{"turn":3}}']);
  });

  test('that come too late are never taken for the reply to a later request', async () => {
    const { clock, rpc, send, replies } = setup();
    send('turn/start');
    await clock.advance(100);
    send('turn/start');

    rpc.receive('{"id":1,"result":{"turn":"late"}}');

    expect(replies).toEqual([failed('response_timeout')]);
  });
});

describe('the read timeout', () => {
  test('starts anew with every line', async () => {
    const { clock, rpc, send, replies } = setup();
    send('a');

    await clock.advance(99);
    rpc.receive('{"method":"n","params":{}}');
    await clock.advance(99);
    expect(replies).toEqual([]);
    await clock.advance(1);

    expect(replies).toEqual([failed('response_timeout')]);
    expect(clock.pending).toBe(0);
  });

  test('does not let a talkative server put off an answer for ever', async () => {
    const { clock, rpc, send, replies } = setup();
    send('a');

    for (let time = 0; time < 1_000; time += 50) {
      rpc.receive('{"method":"n","params":{}}');
      await clock.advance(50);
    }

    expect(replies).toEqual([failed('response_timeout')]);
  });
});

describe('server requests', () => {
  test('are told from replies by their method and answered once', () => {
    const { rpc, send, written, requests, replies } = setup();
    send('a');

    rpc.receive('{"method":"ask","id":0,"params":{"x":1}}');
    rpc.receive('{"method":"ask","id":1,"params":{}}');
    for (const request of requests) {
      request.answer({ yes: true });
      request.refuse();
    }

    expect(replies).toEqual([]);
    expect(written.slice(1)).toEqual(['{"id":0,"result":{"yes":true}}', '{"id":1,"result":{"yes":true}}']);
  });

  test('that nobody serves are refused as an unknown method', () => {
    const { rpc, written, requests } = setup();

    rpc.receive('{"method":"ask","id":"s-1","params":{}}');
    requests[0]?.refuse();

    expect(JSON.parse(written[0] ?? '')).toMatchObject({ id: 's-1', error: { code: -32601 } });
  });
});

describe('other lines', () => {
  test('are told for what they are', () => {
    const { rpc, told } = setup();

    for (const line of [
      '{"method":"a/delta","params":{"delta":"long"}}',
      '{"method":"n","x":1}',
      '[]',
      '{"id":9}',
      '{no',
    ]) {
      rpc.receive(line);
    }

    expect(told).toEqual([
      'a/delta {}',
      'n {"method":"n","x":1}',
      'other []',
      'other {"id":9}',
      'malformed {no',
    ]);
  });

  test('after the end fail every request, pending or new', () => {
    const { rpc, send, replies, clock } = setup();
    send('a');

    rpc.end({ reason: 'port_exit', detail: 'gone' });
    send('b');

    expect(replies).toEqual([failed('port_exit'), failed('port_exit')]);
    expect(clock.pending).toBe(0);
  });
});
