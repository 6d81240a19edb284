import type { BlockedRow } from '../daemon/wire.js';

/** What a person may answer a question with. */
export interface AnswerChoices {
  /** Buttons, the affirming one first. */
  readonly buttons: readonly {
    readonly label: string;
    readonly body: AnswerBody;
    readonly affirms: boolean;
  }[];
  /** Whether words are an answer by themselves, and not only something to say instead. */
  readonly takesWords: boolean;
}

/** What the daemon takes as an answer. */
export type AnswerBody = { readonly decision: 'approve' | 'decline' } | { readonly text: string };

const APPROVE = { label: 'Approve', body: { decision: 'approve' }, affirms: true } as const;
const DECLINE = { label: 'Decline', body: { decision: 'decline' }, affirms: false } as const;
const APPROVALS: ReadonlySet<string> = new Set(['commandApproval', 'fileChangeApproval', 'permission']);
const YES_OR_NO: ReadonlySet<string> = new Set(['approve', 'accept', 'decline']);

/** The answers that a question has. */
export function answersTo({ kind, choices }: BlockedRow['question']): AnswerChoices {
  const isYesOrNo = choices.length > 0 && choices.every((choice) => YES_OR_NO.has(choice.toLowerCase()));
  if (APPROVALS.has(kind) || isYesOrNo) return { buttons: [APPROVE, DECLINE], takesWords: false };
  const chosen = choices.map((choice) => ({ label: choice, body: { text: choice }, affirms: false }));
  const mayDecline = kind === 'elicitation' ? [DECLINE] : [];
  return { buttons: [...chosen, ...mayDecline], takesWords: choices.length === 0 };
}

const ASKS: { readonly [kind: string]: string } = {
  commandApproval: 'The agent wants to run a command',
  fileChangeApproval: 'The agent wants to change files',
  permission: 'The agent wants more permissions',
  userInput: 'The agent asks a question',
  elicitation: 'A tool of the agent asks',
};

/** What kind of question it is, in words. */
export function askedFor(kind: string): string {
  return ASKS[kind] ?? 'The agent waits for a person';
}
