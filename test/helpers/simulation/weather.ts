import type { Random } from './random.js';

/** What can go wrong, with its usual chance at each occasion. */
const CHANCES = {
  readFails: 0.04,
  readThrottled: 0.02,
  readTimesOut: 0.02,
  answersAfterTimeout: 0.5,
  answersTwice: 0.03,
  pagesShift: 0.05,
  readIsSlow: 0.05,
  watchLost: 0.2,
  allowanceLow: 0.05,
  seenLate: 0.1,
  workspaceFails: 0.04,
  connectFails: 0.02,
  linkIsLost: 0.01,
  agentFails: 0.12,
  turnTimesOut: 0.02,
  agentHangs: 0.04,
  agentAsks: 0.05,
  limitKnown: 0.03,
  limitUnknown: 0.01,
  limitPast: 0.01,
  limitAMomentAway: 0.005,
  finalReadFails: 0.02,
  ignoresStop: 0.15,
  outlastsStop: 0.1,
  outlivesItsEnd: 0.05,
  removalIsSlow: 0.2,
  removalFails: 0.1,
  removalBreaksMark: 0.2,
  removalLosesHost: 0.1,
  surveyFails: 0.1,
  listFails: 0.1,
  commitIsSlow: 0.05,
  commitFails: 0.0001,
  diesCommitting: 0.0003,
  timerIsLate: 0.1,
} as const;

/** What happens to the daemon and its machine from outside, now and then. */
export const CALAMITIES = [
  'spuriousWake',
  'spuriousWatch',
  'spuriousNames',
  'refreshAsked',
  'answerGiven',
  'reload',
  'workflowBroken',
  'clockJump',
  'sleep',
  'crash',
  'shutdown',
] as const;

export type Calamity = (typeof CALAMITIES)[number];
/** Orders of people, which are no faults but are counted with them. */
export type Order = 'ordered' | 'paused' | 'drained';

/** What befalls machines other than the daemon's. */
export type Outage = 'hostDown' | 'hostRefuses' | 'linksBroken';

export type Fault = keyof typeof CHANCES | Calamity | Order | Outage;

/** `storm`: everything goes wrong; `fair`: nothing does, people go on; `calm`: people are still, too. */
export type Season = 'storm' | 'fair' | 'calm';

/** Which faults strike; each seed has a climate of its own, so that rare faults also meet in otherwise quiet weeks. */
export class Weather {
  season: Season = 'storm';
  readonly counts = new Map<Fault, number>();
  readonly #random: Random;
  readonly #chances = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
    const severity = random.pick([0.3, 1, 1, 1, 3]);
    for (const [fault, chance] of Object.entries(CHANCES)) {
      this.#chances.set(fault, random.chance(0.2) ? 0 : Math.min(chance * severity, 0.6));
    }
  }

  strikes(fault: keyof typeof CHANCES): boolean {
    if (this.season !== 'storm' || !this.#random.chance(this.#chances.get(fault) ?? 0)) return false;
    this.count(fault);
    return true;
  }

  count(fault: Fault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
  }
}
