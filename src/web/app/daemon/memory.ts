const SIGNED_IN = 'symphony: signed in';

/** Remembers over reloads that this browser signed in. Where nothing may be stored, it is forgotten with the page. */
export class SignInMemory {
  #isSignedIn = stored() !== null;

  get isSignedIn(): boolean {
    return this.#isSignedIn;
  }

  set(isSignedIn: boolean): void {
    this.#isSignedIn = isSignedIn;
    try {
      if (isSignedIn) localStorage.setItem(SIGNED_IN, 'yes');
      else localStorage.removeItem(SIGNED_IN);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(SIGNED_IN);
  } catch (error) {
    // A browser that stores nothing for this page says so by throwing.
    if (error instanceof DOMException) return null;
    throw error;
  }
}
