/** `extensions` of an error in Linear's answers; `type` is the steady one, `code` varies. */
export interface LinearErrorExtensions {
  readonly type: string;
  readonly code: string;
  readonly statusCode: number;
  readonly userError: boolean;
  readonly userPresentableMessage: string;
}

/** A refusal that Linear writes into `errors` of an answer with HTTP 200. */
export class LinearFailure extends Error {
  override readonly name = 'LinearFailure';
  /** Where graphql looks for them. */
  readonly extensions: LinearErrorExtensions;

  constructor(message: string, extensions: LinearErrorExtensions) {
    super(message);
    this.extensions = extensions;
  }
}

/** A request asks for something that only the real Linear does: a gap of the fake, to be filled, never to be ignored. */
export class UnsupportedByFake extends Error {
  override readonly name = 'UnsupportedByFake';

  constructor(what: string) {
    super(`The fake Linear does not support ${what}`);
  }
}

export function entityNotFound(entity: string): LinearFailure {
  const shown = `Could not find referenced ${entity}.`;
  return new LinearFailure(`Entity not found: ${entity} - ${shown}`, invalid('INPUT_ERROR', shown));
}

/** A value that no argument may have, although the schema allows its type. */
export function invalidArgument(what: string): LinearFailure {
  return new LinearFailure(`Argument Validation Error - ${what}`, invalid('INVALID_INPUT', what));
}

/** Values that are fine alone and cannot be stored together. */
export function refusedInput(message: string): LinearFailure {
  return new LinearFailure(message, invalid('INPUT_ERROR', message));
}

function invalid(code: string, userPresentableMessage: string): LinearErrorExtensions {
  return { type: 'invalid input', code, statusCode: 400, userError: true, userPresentableMessage };
}
