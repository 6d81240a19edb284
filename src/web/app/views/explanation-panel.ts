import type { ExplainResponse } from '../daemon/wire.js';
import { h, setAttribute, setShown, setText } from '../dom/element.js';
import { KeyedList, type KeyedRow } from '../dom/keyed.js';
import { clockTime } from '../model/format.js';
import { ruleName } from '../model/issue-orders.js';
import { plainLine } from '../model/text.js';

const ENDED =
  'Nothing holds this issue, and the last poll did not list it: it is in no active state, or gone.';
const UNEXPLAINED = 'Dispatch does not know this issue yet.';

type Verdict = ExplainResponse['rules'][number];

/** Why an issue is, or is not, being worked on: every rule in the order in which dispatch asks. */
export class ExplanationPanel {
  readonly element: HTMLElement;
  readonly #headline = h('p', { class: 'headline', dir: 'auto' });
  readonly #rules = h('ol', { class: 'rules' });
  readonly #read = h('p', { class: 'note' });
  readonly #list = new KeyedList<Verdict>(this.#rules, { key: ({ rule }) => rule, create: ruleRow });

  constructor() {
    this.element = h(
      'section',
      { class: 'panel why', 'aria-labelledby': 'why' },
      h('h2', { id: 'why' }, 'Why'),
      this.#headline,
      this.#rules,
      this.#read,
    );
  }

  /** `explanation` is null for an issue of which dispatch knows nothing: one that has ended, or that only just came. */
  update(explanation: ExplainResponse | null, hasEnded: boolean, nowMs: number): void {
    setShown(this.#rules, explanation !== null);
    setShown(this.#read, explanation !== null);
    if (explanation === null) {
      setText(this.#headline, hasEnded ? ENDED : UNEXPLAINED);
      return;
    }
    setText(this.#headline, sentence(plainLine(explanation.headline, 1_200)));
    this.#list.update(explanation.rules);
    const { read_at } = explanation;
    setText(
      this.#read,
      read_at === null
        ? 'The tracker has not answered yet.'
        : `As the tracker told it at ${clockTime(read_at, nowMs)} UTC.`,
    );
  }
}

function ruleRow(): KeyedRow<Verdict> {
  const verdict = h('span', { class: 'verdict' });
  const name = h('span', { class: 'rule' });
  const fact = h('span', { class: 'fact', dir: 'auto' });
  const element = h('li', {}, verdict, ' ', name, h('span', { class: 'visually-hidden' }, ': '), fact);
  return {
    element,
    update: (rule) => {
      setAttribute(element, 'class', rule.verdict);
      setText(verdict, rule.verdict);
      setText(name, ruleName(rule.rule));
      setText(fact, plainLine(rule.fact, 1_200));
    },
  };
}

function sentence(text: string): string {
  const [first = ''] = text;
  const capital = `${first.toUpperCase()}${text.slice(first.length)}`;
  return /[.!?…]$/u.test(capital) ? capital : `${capital}.`;
}
