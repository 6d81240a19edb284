import type { JsonObject } from '../../../src/domain/json.js';

/** A notification as Codex sends it, less the ids that say nothing, and the line that people see. */
export type Told = readonly [method: string, params: JsonObject, line: string];

const BREAKDOWN = {
  totalTokens: 12_345,
  inputTokens: 12_000,
  cachedInputTokens: 9_000,
  cacheWriteInputTokens: 0,
  outputTokens: 345,
  reasoningOutputTokens: 120,
};
const HOOK = {
  id: 'hook-1',
  eventName: 'preToolUse',
  handlerType: 'command',
  executionMode: 'sync',
  scope: 'turn',
  sourcePath: '/home/me/.codex/hooks.json',
  status: 'running',
  statusMessage: null,
  entries: [],
};
const REVIEW = { status: 'inProgress', riskLevel: null, userAuthorization: null, rationale: null };
const REVIEWED = { type: 'command', source: 'shell', command: 'rm -rf build', cwd: '/ws' };
const GOAL = { objective: 'Make the tests green', status: 'active', tokenBudget: null, tokensUsed: 10 };
const RATE_LIMITS = {
  limitId: 'codex',
  primary: { usedPercent: 41.6, windowDurationMins: 300, resetsAt: 1_900_000_000 },
  secondary: { usedPercent: 7, windowDurationMins: 10_080, resetsAt: 1_900_000_000 },
  credits: null,
  planType: 'pro',
};

/** Every notification that Codex 0.169.0 declares, and those of 0.118.0 that it has no more. */
export const NOTIFICATIONS: readonly Told[] = [
  ['error', { error: { message: 'Reconnecting... 1/5' }, willRetry: true }, 'retrying: Reconnecting... 1/5'],
  ['thread/started', { thread: { id: 't', status: { type: 'idle' } } }, 'thread started'],
  [
    'thread/status/changed',
    { status: { type: 'active', activeFlags: ['waitingOnApproval'] } },
    'thread active, waiting on approval',
  ],
  [
    'thread/readState/changed',
    { readState: { firstUnread: { type: 'turn', turnId: 'u' }, revision: 'r' } },
    'thread has something new to read',
  ],
  ['thread/archived', {}, 'thread archived'],
  ['thread/deleted', {}, 'thread deleted'],
  ['thread/unarchived', {}, 'thread unarchived'],
  ['thread/closed', {}, 'thread closed'],
  ['thread/reverted', {}, 'thread reverted'],
  ['skills/changed', {}, 'skills changed'],
  ['thread/name/updated', { threadName: 'Fix the login' }, 'thread named: Fix the login'],
  ['thread/section/changed', { sectionId: 's' }, 'thread moved to another section'],
  [
    'thread/attachment/updated',
    { attachmentType: 'issue', identityKey: 'k', attachmentId: 'a', operation: 'created' },
    'attachment created',
  ],
  ['thread/goal/updated', { turnId: null, goal: GOAL }, 'goal active: Make the tests green'],
  [
    'thread/prediction/updated',
    { sourceTurnId: 'u', result: { type: 'completed', text: 'Now push it' } },
    'prediction: Now push it',
  ],
  ['thread/goal/cleared', {}, 'goal cleared'],
  ['thread/queue/changed', {}, 'queue of the thread changed'],
  ['project/changed', { projectId: 'p', changeType: 'updated' }, 'project updated'],
  ['thread/project/updated', { projectId: null }, 'thread moved to another project'],
  ['thread/environment/connected', { environmentId: 'local' }, 'environment local connected'],
  ['thread/environment/disconnected', { environmentId: 'local' }, 'environment local disconnected'],
  [
    'thread/settings/updated',
    { threadSettings: { cwd: '/ws', model: 'gpt-5.5', effort: 'high', approvalPolicy: 'never' } },
    'thread settings: gpt-5.5, high',
  ],
  [
    'thread/tokenUsage/updated',
    { tokenUsage: { total: BREAKDOWN, last: BREAKDOWN, modelContextWindow: 258_400 } },
    '12345 tokens so far',
  ],
  ['turn/started', { turn: { id: 'u', status: 'inProgress', items: [] } }, 'turn started'],
  ['hook/started', { turnId: 'u', run: HOOK }, 'hook pre tool use started'],
  ['turn/completed', { turn: { id: 'u', status: 'interrupted', error: null } }, 'turn interrupted'],
  [
    'hook/completed',
    { turnId: 'u', run: { ...HOOK, status: 'blocked', statusMessage: 'not on Fridays' } },
    'hook pre tool use blocked: not on Fridays',
  ],
  ['turn/diff/updated', { diff: 'diff --git a/a b/a' }, 'files changed'],
  [
    'turn/plan/updated',
    {
      explanation: null,
      plan: [
        { step: 'Read', status: 'completed' },
        { step: 'Write', status: 'inProgress' },
      ],
    },
    'plan 1/2: Write',
  ],
  [
    'item/started',
    { item: { type: 'commandExecution', id: 'c', command: "/bin/bash -lc 'npm test'" } },
    'running npm test',
  ],
  [
    'item/autoApprovalReview/started',
    { reviewId: 'r', review: REVIEW, action: REVIEWED },
    'reviewing: command: rm -rf build',
  ],
  [
    'item/autoApprovalReview/completed',
    { reviewId: 'r', decisionSource: 'agent', review: { ...REVIEW, status: 'denied' }, action: REVIEWED },
    'denied by review: command: rm -rf build',
  ],
  ['autoApprovalReview/strictReviewRequired', { startedAtMs: 1 }, 'a strict review is required'],
  ['item/completed', { item: { type: 'agentMessage', id: 'm', text: 'All done.' } }, 'All done.'],
  ['rawResponseItem/completed', { item: { type: 'message' } }, 'part of an answer of the model'],
  ['rawResponse/completed', { responseId: 'r', usage: BREAKDOWN }, 'answer of the model'],
  ['item/agentMessage/delta', { itemId: 'm', delta: 'All' }, 'writing a message'],
  ['item/plan/delta', { itemId: 'p', delta: '1.' }, 'planning'],
  [
    'command/exec/outputDelta',
    { processId: '1', stream: 'stdout', deltaBase64: 'aGk=', capReached: false },
    'output of a process',
  ],
  [
    'process/outputDelta',
    { processHandle: '1', stream: 'stdout', deltaBase64: 'aGk=', capReached: false },
    'output of a process',
  ],
  ['process/exited', { processHandle: '1', exitCode: 3, stdout: '', stderr: '' }, 'process exited with 3'],
  ['item/commandExecution/outputDelta', { itemId: 'c', delta: 'ok\n' }, 'command output'],
  [
    'item/commandExecution/terminalInteraction',
    { itemId: 'c', processId: '7', stdin: '' },
    'waited for a command',
  ],
  ['item/fileChange/outputDelta', { itemId: 'f', delta: 'ok' }, 'changing files'],
  [
    'item/fileChange/patchUpdated',
    { itemId: 'f', changes: [{ path: 'a.ts', kind: { type: 'add' }, diff: '+x' }] },
    'changing a.ts',
  ],
  ['serverRequest/resolved', { requestId: 0 }, 'request resolved'],
  ['item/mcpToolCall/progress', { itemId: 't', message: '3 of 9 pages' }, 'tool progress: 3 of 9 pages'],
  [
    'mcpServer/oauthLogin/completed',
    { name: 'docs', success: false, error: 'timed out' },
    'login of docs failed: timed out',
  ],
  [
    'mcpServer/startupStatus/updated',
    { name: 'docs', status: 'failed', error: 'no such program', failureReason: null },
    'MCP server docs failed: no such program',
  ],
  [
    'mcpServer/event/stream/notification',
    { subscriptionId: 's', notification: { method: 'pages/changed', params: {} } },
    'event of an MCP server: pages/changed',
  ],
  ['account/updated', { authMode: 'chatgpt', planType: 'pro' }, 'account: chatgpt'],
  [
    'account/gatewayOAuth/changed',
    { loginId: null, authUrl: null, providerId: 'p', status: 'notReady', error: null },
    'gateway login not ready',
  ],
  ['account/rateLimits/updated', { rateLimits: RATE_LIMITS }, 'rate limits: 42% and 7% used'],
  ['app/list/updated', { data: [] }, 'apps updated'],
  [
    'remoteControl/status/changed',
    { status: 'disabled', serverName: 'host', installationId: 'i', environmentId: null },
    'remote control disabled',
  ],
  [
    'externalAgentConfig/import/progress',
    { importId: 'i', itemTypeResults: [] },
    'importing the configuration of another agent',
  ],
  [
    'externalAgentConfig/import/completed',
    { importId: 'i', itemTypeResults: [] },
    'configuration of another agent imported',
  ],
  [
    'fs/changed',
    { watchId: 'w', changedPaths: ['/ws/a.ts', '/ws/b.ts'] },
    'files changed: /ws/a.ts, /ws/b.ts',
  ],
  ['item/reasoning/summaryTextDelta', { itemId: 'r', delta: 'I', summaryIndex: 0 }, 'thinking'],
  ['item/reasoning/summaryPartAdded', { itemId: 'r', summaryIndex: 1 }, 'thinking'],
  ['item/reasoning/textDelta', { itemId: 'r', delta: 'Hm', contentIndex: 0 }, 'thinking'],
  ['thread/compacted', {}, 'context compacted'],
  [
    'model/rerouted',
    { fromModel: 'gpt-5.5', toModel: 'gpt-5', reason: 'highRiskCyberActivity' },
    'model gpt-5 in place of gpt-5.5',
  ],
  [
    'model/verification',
    { verifications: ['trustedAccessForCyber'] },
    'model asks for a verification of the account',
  ],
  [
    'modelProvider/authRecoveryStarted',
    { provider: 'p', message: 'Refreshing credentials' },
    'logging in again: Refreshing credentials',
  ],
  [
    'modelProvider/authRecoveryCompleted',
    { provider: 'p', message: 'Credentials refreshed' },
    'logged in again: Credentials refreshed',
  ],
  ['turn/moderationMetadata', { metadata: {} }, 'turn moderated'],
  [
    'model/safetyBuffering/updated',
    { model: 'gpt-5.5', useCases: [], reasons: [], showBufferingUi: true, fasterModel: null },
    'an answer of gpt-5.5 waits for a safety check',
  ],
  ['warning', { message: 'Model metadata not found' }, 'warning: Model metadata not found'],
  ['guardianWarning', { message: 'Too many reviews' }, 'warning: Too many reviews'],
  [
    'deprecationNotice',
    { summary: 'thread/resume without excludeTurns', details: null },
    'deprecated: thread/resume without excludeTurns',
  ],
  [
    'configWarning',
    { summary: 'Codex could not find bubblewrap on PATH.', details: null },
    'configuration warning: Codex could not find bubblewrap on PATH.',
  ],
  ['fuzzyFileSearch/sessionUpdated', { sessionId: 's', query: 'main', files: [] }, 'searching files: main'],
  ['fuzzyFileSearch/sessionCompleted', { sessionId: 's' }, 'file search completed'],
  ['thread/realtime/started', { realtimeSessionId: 'r', version: 'v2' }, 'voice session started'],
  ['thread/realtime/itemAdded', { item: {} }, 'voice session: item'],
  [
    'thread/realtime/item/started',
    { item: { type: 'transcriptSegment', text: '' } },
    'voice session: item started',
  ],
  ['thread/realtime/item/transcript/delta', { itemId: 'i', delta: 'Hel' }, 'voice session: speaking'],
  [
    'thread/realtime/item/completed',
    { item: { id: 'i', type: 'transcriptSegment', role: 'user', text: 'Hello' } },
    'voice session: Hello',
  ],
  ['thread/realtime/transcript/delta', { role: 'user', delta: 'Hel' }, 'voice session: speaking'],
  ['thread/realtime/transcript/done', { role: 'user', text: 'Hello' }, 'voice session: Hello'],
  ['thread/realtime/transcriptUpdated', { role: 'user', text: 'Hello' }, 'voice session: Hello'],
  ['thread/realtime/outputAudio/delta', { audio: { data: 'AAAA' } }, 'voice session: speaking'],
  ['thread/realtime/sdp', { sdp: 'v=0' }, 'voice session: connecting'],
  ['thread/realtime/error', { message: 'no microphone' }, 'voice session failed: no microphone'],
  ['thread/realtime/closed', { reason: 'idle' }, 'voice session closed: idle'],
  [
    'windows/worldWritableWarning',
    { samplePaths: ['C:\\tools'], extraCount: 2, failedScan: false },
    'writable by everybody: C:\\tools',
  ],
  [
    'windowsSandbox/setupCompleted',
    { mode: 'elevated', success: false, error: 'denied' },
    'sandbox failed: denied',
  ],
  ['account/login/completed', { loginId: 'l', success: true, error: null }, 'login of account succeeded'],
];
