import { describe, expect, test } from 'vitest';
import type { TurnResult } from '../../../src/ports/agent.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';
import { startModelServer } from '../../helpers/codex/model-server.js';
import type { Answer, Scripts } from '../../helpers/codex/script.js';
import { openCodex } from './real-codex.js';
import '../../helpers/leaks.js';

// Goal: what a model's provider does wrong comes out as the right kind of failure, on the real Codex (issue 4, 3).

const body = (code: string) => JSON.stringify({ error: { code, message: `told ${code}` } });
const limit = JSON.stringify({
  error: { type: 'usage_limit_reached', message: 'limit', plan_type: 'pro', resets_at: 4_000_000_000 },
});

/** What the provider does, and what comes of it in the new and the old version. */
const FAULTS: readonly (readonly [string, Answer, string, string?])[] = [
  ['in band: quota', { kind: 'fail', code: 'insufficient_quota' }, 'usageLimited'],
  ['in band: not included', { kind: 'fail', code: 'usage_not_included' }, 'usageLimited'],
  ['429 with the limit of a plan', { kind: 'status', status: 429, body: limit }, 'usageLimited'],
  ['429', { kind: 'status', status: 429 }, 'agent_rate_limited'],
  [
    'in band: rate limit',
    { kind: 'fail', code: 'rate_limit_exceeded' },
    'agent_rate_limited',
    'agent_stream_lost',
  ],
  ['401', { kind: 'status', status: 401 }, 'agent_auth_failed'],
  ['403', { kind: 'status', status: 403 }, 'agent_auth_failed'],
  ['404', { kind: 'status', status: 404 }, 'agent_bad_request'],
  ['400', { kind: 'status', status: 400 }, 'agent_bad_request'],
  ['400 with a code', { kind: 'status', status: 400, body: body('invalid_prompt') }, 'agent_bad_request'],
  ['in band: prompt', { kind: 'fail', code: 'invalid_prompt' }, 'agent_bad_request'],
  ['in band: overloaded', { kind: 'fail', code: 'server_is_overloaded' }, 'agent_overloaded'],
  [
    '503 with a code',
    { kind: 'status', status: 503, body: body('server_is_overloaded') },
    'agent_overloaded',
  ],
  ['500', { kind: 'status', status: 500 }, 'agent_overloaded'],
  ['in band: unknown', { kind: 'fail', code: 'from_the_future' }, 'agent_stream_lost'],
  ['a cut stream', { kind: 'cut' }, 'agent_stream_lost'],
  ['garbage', { kind: 'garbage' }, 'agent_stream_lost'],
  ['a stream that hangs', { kind: 'hang' }, 'agent_stream_lost'],
  ['in band: context', { kind: 'fail', code: 'context_length_exceeded' }, 'context_window_exceeded'],
];

/** Codex repeats what may be a passing fault; once is enough to see it. It hears of the others at once, but of one. */
const FEW_RETRIES = [
  'model_providers.loopback.request_max_retries=1',
  'model_providers.loopback.stream_max_retries=1',
  'model_providers.loopback.stream_idle_timeout_ms=4000',
];

/** A prompt names the fault that all requests of its turn meet. */
const faultOfPrompt: Scripts = (told) => {
  const key = told.at(-1) ?? '';
  const [, answer] = FAULTS.find(([name]) => name === key) ?? [];
  return { key, steps: answer === undefined ? [] : Array<Answer>(10).fill(answer) };
};

function kindOf(result: TurnResult): string {
  return result.kind === 'failed' ? result.reason : result.kind;
}

describe.each([CODEX, OLD_CODEX])('a failed turn of Codex %s', (version) => {
  const installed = needsCodex(version);

  test('has a kind for each fault of the provider, and the thread stays usable', async (context) => {
    installed(context, { sandbox: false });
    const model = await startModelServer(faultOfPrompt);
    const { runTurn } = await openCodex([], { version, model, config: FEW_RETRIES });

    const kinds: Record<string, string> = {};
    for (const [name] of FAULTS) kinds[name] = kindOf(await runTurn(name));

    const expected = FAULTS.map(([name, , kind, oldKind]) => [
      name,
      version === CODEX ? kind : (oldKind ?? kind),
    ]);
    expect(kinds).toEqual(Object.fromEntries(expected));
    expect(await runTurn('Once more.')).toEqual({ kind: 'completed' });
  }, 180_000);
});
