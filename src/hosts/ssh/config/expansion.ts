import { join } from 'node:path';
import type { ConfigContext } from './context.js';

/** What `%h` and its like stand for; without the `%`. */
export type Tokens = Readonly<Record<string, string>>;

/** A text with its parts filled in, or what is in the way. */
export type Expanded = { readonly text: string } | { readonly problem: string };

/** Fills in `%` tokens and `${NAME}` of the environment. */
export function expand(text: string, tokens: Tokens, env: ConfigContext['env']): Expanded {
  const problems: string[] = [];
  const filled = text.replace(/%(.?)|\$\{([^}]*)\}?/gs, (whole: string, token?: string, name?: string) => {
    if (name !== undefined) {
      const value = env[name];
      if (value === undefined) problems.push(`the environment has no ${name}, which ${text} needs; set it`);
      return value ?? '';
    }
    const value = token === '%' ? '%' : tokens[token ?? ''];
    if (value === undefined) problems.push(`${whole} in ${text} is not supported; write what it stands for`);
    return value ?? '';
  });
  const [problem] = problems;
  return problem === undefined ? { text: filled } : { problem };
}

/** Leads `~` home. */
export function fromHome(path: string, { home }: Pick<ConfigContext, 'home'>): Expanded {
  if (!path.startsWith('~')) return { text: path };
  if (path === '~' || path.startsWith('~/')) return { text: join(home, path.slice(1)) };
  return { problem: `${path} is the home of another user, which is not looked up; write the whole path` };
}
