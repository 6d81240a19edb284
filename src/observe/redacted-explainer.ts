import { SymphonyError } from '../domain/error.js';
import type { Explainer } from '../domain/explanation.js';
import type { Secrets } from './redact.js';

/** The same explanations without secrets; what the tracker says of its failures holds none either. */
export function redactedExplainer(explainer: Explainer, secrets: Secrets): Explainer {
  return {
    explain: (identifier) => secrets.redactValue(explainer.explain(identifier)),
    board: () => secrets.redactValue(explainer.board()),
    lookUp: async (identifier) => {
      try {
        return secrets.redactValue(await explainer.lookUp(identifier));
      } catch (error) {
        if (!(error instanceof SymphonyError)) throw error;
        const { code, message, retryAfterMs } = error;
        throw new SymphonyError(code, secrets.redact(message), {
          cause: error,
          ...(retryAfterMs === null ? {} : { retryAfterMs }),
        });
      }
    },
  };
}
