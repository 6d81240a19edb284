import type { SymphonyClient } from '../../client/client.js';
import { SymphonyError } from '../../domain/error.js';
import { nearest } from '../../domain/spelling.js';

/**
 * Does something with the issue that a person named. Where the daemon knows no such identifier, upper and lower case do not
 * count as long as one issue is meant.
 * @throws SymphonyError `issue_not_found`, naming one that was probably meant
 */
export async function withIssue<T>(
  client: SymphonyClient,
  name: string,
  action: (identifier: string) => Promise<T>,
): Promise<T> {
  try {
    return await action(name);
  } catch (error) {
    if (!(error instanceof SymphonyError) || error.code !== 'issue_not_found') throw error;
    const meant = await meantBy(client, name, error);
    return await action(meant);
  }
}

async function meantBy(client: SymphonyClient, name: string, cause: SymphonyError): Promise<string> {
  const { issues, ended } = await client.issues();
  const known = [...new Set([...issues, ...ended].map((issue) => issue.issue_identifier))];
  const wanted = name.toLowerCase();
  const [meant, ...others] = known.filter((identifier) => identifier.toLowerCase() === wanted);
  if (meant !== undefined && meant !== name && others.length === 0) return meant;
  if (meant !== undefined && others.length > 0) {
    throw notFound(
      `${name} could be ${[meant, ...others].join(' or ')}; write it as the tracker does`,
      cause,
    );
  }
  if (meant === name)
    throw notFound(
      `the daemon holds ${name} no longer; "symphony show ${name}" tells what became of it`,
      cause,
    );
  const near = onlyNear(name, known);
  const hint = near === null ? '"symphony issues" lists those that it knows' : `did you mean ${near}?`;
  throw notFound(`the daemon knows no issue ${name}; ${hint}`, cause);
}

/** Numbered issues are all near to each other: where more than one could be meant, any of them would be a guess. */
function onlyNear(name: string, known: readonly string[]): string | null {
  const near = nearest(name, known);
  const others = known.filter((identifier) => identifier !== near);
  return nearest(name, others) === null ? near : null;
}

function notFound(message: string, cause: SymphonyError): SymphonyError {
  return new SymphonyError('issue_not_found', message, { cause });
}
