import type { Commands, SnapshotSource } from '../domain/snapshot.js';
import type { Secrets } from './redact.js';

/**
 * The same commands for people who see `source` without secrets: the question that they read is known again by what it
 * shows, and what they are told holds no secret.
 */
export function redactedCommands(commands: Commands, source: SnapshotSource, secrets: Secrets): Commands {
  const asRead = (identifier: string, expected: string): string => {
    const row = source.current().blocked.find((blocked) => blocked.identifier === identifier);
    return row !== undefined && secrets.redact(row.question.text) === expected ? row.question.text : expected;
  };
  return {
    refresh: () => commands.refresh(),
    answer: (identifier, answer, expected) => {
      const asked = expected === undefined ? undefined : asRead(identifier, expected);
      return secrets.redactValue(commands.answer(identifier, answer, asked));
    },
    order: (identifier, order) => secrets.redactValue(commands.order(identifier, order)),
    orderDispatch: (order) => secrets.redactValue(commands.orderDispatch(order)),
    committed: () => commands.committed(),
  };
}
