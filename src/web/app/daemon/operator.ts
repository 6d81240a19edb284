import { type Api, ApiFailure } from './api.js';
import { SignInMemory } from './memory.js';

/** Asks a person for the operator's token until it is right; false when the person gives up. */
export type AskForToken = (signIn: (token: string) => Promise<string | null>) => Promise<boolean>;

/**
 * Gives orders as the operator. The token is asked for once and goes straight to the daemon, for a cookie that no
 * script can read; this page does not keep it.
 */
export class Operator {
  readonly #api: Api;
  readonly #askForToken: AskForToken;
  readonly #onChanged: () => void;
  readonly #memory = new SignInMemory();
  #asking: Promise<boolean> | null = null;

  constructor(api: Api, askForToken: AskForToken, onChanged: () => void) {
    this.#api = api;
    this.#askForToken = askForToken;
    this.#onChanged = onChanged;
  }

  /** Whether this browser signed in and not out again, as far as it knows. */
  get isSignedIn(): boolean {
    return this.#memory.isSignedIn;
  }

  /**
   * Sends an order, after signing in when that is asked for. Null when the person would not sign in.
   * @throws ApiFailure
   */
  async order<Body>(path: string, body?: unknown): Promise<Body | null> {
    try {
      return await this.#api.send<Body>('POST', path, body);
    } catch (error) {
      if (!(error instanceof ApiFailure && error.wantsToken)) throw error;
    }
    this.#remember(false);
    if (!(await this.signIn())) return null;
    return await this.#api.send<Body>('POST', path, body);
  }

  /** Asks for the token, once even when several want it at the same time. */
  async signIn(): Promise<boolean> {
    this.#asking ??= this.#askForToken(this.#tryToken).finally(() => {
      this.#asking = null;
    });
    return await this.#asking;
  }

  /** @throws ApiFailure */
  async signOut(): Promise<void> {
    await this.#api.send('DELETE', '/api/v1/session');
    this.#remember(false);
  }

  readonly #tryToken = async (token: string): Promise<string | null> => {
    try {
      await this.#api.send('POST', '/api/v1/session', { token });
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      return error.wantsToken ? 'This is not the operator’s token of this daemon.' : `${error.message}.`;
    }
    this.#remember(true);
    return null;
  };

  #remember(isSignedIn: boolean): void {
    this.#memory.set(isSignedIn);
    this.#onChanged();
  }
}
