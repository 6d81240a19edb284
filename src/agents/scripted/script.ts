/** What the prompt asks the scripted agent to do; see docs/agents/scripted.md. */
export interface Script {
  /** How long one turn takes. */
  readonly seconds: number;
  /** Turns until the issue is done. */
  readonly turns: number;
  /** What the turn does instead of its work. */
  readonly fault: 'none' | 'fail' | 'failOnce' | 'ask' | 'hang' | 'crash';
}

const FAULTS: Readonly<Record<string, Script['fault']>> = {
  fail: 'fail',
  'fail-once': 'failOnce',
  ask: 'ask',
  hang: 'hang',
  crash: 'crash',
};

const LONGEST_SECONDS = 3_600;

/**
 * Reads lines such as `agent: seconds=1 turns=2 fail-once` anywhere in a prompt; the last word of a kind wins, unknown
 * ones are left alone. A line of labels that names `flaky` means `fail-once`.
 */
export function readScript(prompt: string, defaultSeconds: number): Script {
  let script: Script = { seconds: defaultSeconds, turns: 1, fault: 'none' };
  for (const line of prompt.split('\n')) {
    if (/^\W*labels?\b.*\bflaky\b/i.test(line)) script = { ...script, fault: 'failOnce' };
    const [, words] = /^[\s>*-]*agent:\s*(.+)$/i.exec(line) ?? [];
    for (const word of words
      ?.trim()
      .toLowerCase()
      .split(/[\s,]+/) ?? [])
      script = withWord(script, word);
  }
  return script;
}

function withWord(script: Script, word: string): Script {
  const [name = '', value = ''] = word.split('=');
  if (name === 'seconds') return { ...script, seconds: numberOr(script.seconds, value, 0, LONGEST_SECONDS) };
  if (name === 'turns') return { ...script, turns: Math.trunc(numberOr(script.turns, value, 1, 100)) };
  return { ...script, fault: FAULTS[word] ?? script.fault };
}

/** The number in a text when it lies within bounds, else what it is without it. */
export function numberOr(otherwise: number, text: string | undefined, least: number, most: number): number {
  const number = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return number >= least && number <= most ? number : otherwise;
}
