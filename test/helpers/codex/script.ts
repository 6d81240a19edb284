/** One answer of the model. */
export type Answer = { readonly headers?: Readonly<Record<string, string>> } & (
  | { readonly kind: 'say'; readonly text: string /** Told in so many deltas. */; readonly pieces?: number }
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly args: object;
      /** Where newer versions keep the tools of an MCP server. */
      readonly namespace?: string;
    }
  /** A call of whichever tool runs commands in the version that asks. */
  | { readonly kind: 'exec'; readonly cmd: string; readonly args?: object }
  /** A call of a tool that takes plain text instead of JSON, such as `apply_patch`. */
  | { readonly kind: 'input'; readonly name: string; readonly input: string }
  /** A failure told within the stream. */
  | { readonly kind: 'fail'; readonly code: string; readonly message?: string }
  /** A refusal of the request itself. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: string }
  /** A stream that begins and is cut. */
  | { readonly kind: 'cut' }
  /** A stream of what is no event. */
  | { readonly kind: 'garbage' }
  /** A stream that begins and says nothing more. */
  | { readonly kind: 'hang' }
  /** A request that never gets a header. */
  | { readonly kind: 'silence' }
);

/** What the model does next: an answer, or something before it. */
export type Step =
  | Answer
  /** Waits until the test releases it. */
  | { readonly kind: 'hold' };

/** Whose request it is, and all that the model does for it from its first request on. */
export interface Script {
  readonly key: string;
  readonly steps: readonly Step[];
}

/** Finds the script of a conversation in what the user has told in it, oldest first; null when there is none. */
export type Scripts = (told: readonly string[]) => Script | null;

/** One script for whoever asks. */
export function oneScript(steps: readonly Step[]): Scripts {
  return () => ({ key: '', steps });
}

/**
 * Scripts that stand in the issues themselves, as markers in a prompt that begins with `Work on <identifier>`:
 * `[[exec: git status]]`, `[[call: local_issue {"action":"read"}]]`, `[[say: Done.]]`, `[[fail: insufficient_quota]]`,
 * `[[status: 401]]`, `[[cut]]`, `[[garbage]]`, `[[hang]]`, `[[silence]]`, `[[hold]]`. Markers of later
 * prompts of the conversation follow.
 */
export function scriptsOfIssues(told: readonly string[]): Script | null {
  const key = told.flatMap((text) => /\bWork on ([\w-]+)/.exec(text)?.[1] ?? []).at(0);
  return key === undefined ? null : { key, steps: told.flatMap(markedSteps) };
}

function markedSteps(text: string): Step[] {
  return [...text.matchAll(/\[\[(\w+)(?::\s*([\s\S]*?))?\]\]/g)].map(([, kind = '', rest = '']) =>
    markedStep(kind, rest.trim()),
  );
}

function markedStep(kind: string, rest: string): Step {
  switch (kind) {
    case 'say':
      return { kind, text: rest };
    case 'exec':
      return { kind, cmd: rest };
    case 'call': {
      const [, name = '', args = '{}'] = /^(\S+)\s*([\s\S]+)?$/.exec(rest) ?? [];
      return { kind, name, args: JSON.parse(args) as object };
    }
    case 'fail':
      return { kind, code: rest };
    case 'status':
      return { kind, status: Number(rest) };
    case 'cut':
    case 'garbage':
    case 'hang':
    case 'silence':
    case 'hold':
      return { kind };
    default:
      throw new Error(`no step of a model is called ${kind}`);
  }
}
