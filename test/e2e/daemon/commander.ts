import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { StateResponse } from '../../../src/api/schema.js';
import { type Ending, type Place, until } from '../../helpers/board-daemon.js';

/** What a command came to. */
export interface Said {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that goes on. */
export interface Following {
  /** Waits until it has written this, to stdout or stderr. */
  shows(text: string | RegExp): Promise<void>;
  /** Presses ctrl-c and waits for its end. */
  interrupt(): Promise<Said>;
}

/** A person at another terminal, with the built program. */
export class Commander {
  readonly program = resolve('dist/cli.js');
  readonly env: Readonly<Record<string, string>>;
  readonly #context: Ending;
  readonly #place: Place;

  constructor(context: Ending, place: Place) {
    this.#context = context;
    this.#place = place;
    this.env = {
      PATH: process.env['PATH'] ?? '',
      HOME: join(place.path, 'home'),
      LANG: 'C.UTF-8',
      SYMPHONY: this.program,
      ...place.env,
    };
  }

  async run(...args: readonly string[]): Promise<Said> {
    return await this.runIn('.', ...args);
  }

  /** Gives a command in a folder of the place, and again when a busy machine has the daemon ask for that. */
  async runIn(folder: string, ...args: readonly string[]): Promise<Said> {
    return await until(`more than a put-off of ${args.join(' ')}`, async () => {
      const { exitCode, stdout, stderr } = await this.#spawn(folder, process.execPath, [
        this.program,
        ...args,
      ]);
      return !stderr.includes('send it again in a moment') && { exitCode, stdout, stderr };
    });
  }

  /** Gives a line to a shell that knows the program as `$SYMPHONY`. */
  async shell(line: string): Promise<Said> {
    const { exitCode, stdout, stderr } = await this.#spawn('.', 'bash', ['-eo', 'pipefail', '-c', line]);
    return { exitCode, stdout, stderr };
  }

  /** Gives a command that has to succeed, and returns what it prints. */
  async says(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(...args);
    if (exitCode !== 0 || stderr !== '')
      throw new Error(`symphony ${args.join(' ')}: ${exitCode} ${stderr}\n${this.#place.explain()}`);
    return stdout;
  }

  async json(...args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.says(...args));
  }

  async state(): Promise<StateResponse> {
    return StateResponse.parse(await this.json('status', '--json'));
  }

  /** Asks for the state until it is as wanted. */
  async showing(isWanted: (state: StateResponse) => boolean): Promise<StateResponse> {
    let last: StateResponse | null = null;
    const look = async (): Promise<StateResponse | null> => {
      last = await this.state();
      return isWanted(last) ? last : null;
    };
    return await until('the wanted state', look, () => `${JSON.stringify(last)}\n${this.#place.explain()}`);
  }

  /** Gives a command that goes on by itself. */
  start(...args: readonly string[]): Following {
    const child = this.#spawn('.', process.execPath, [this.program, ...args]);
    let written = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        written += chunk.toString();
      });
    }
    const has = (text: string | RegExp): boolean =>
      typeof text === 'string' ? written.includes(text) : text.test(written);
    return {
      shows: async (text) => {
        await until(
          `${text}`,
          () => has(text),
          () => `${written}\n${this.#place.explain()}`,
        );
      },
      interrupt: async () => {
        child.kill('SIGINT');
        const { exitCode, stdout, stderr } = await child;
        return { exitCode, stdout, stderr };
      },
    };
  }

  #spawn(folder: string, file: string, args: readonly string[]) {
    const child = execa(file, args, {
      cwd: join(this.#place.path, folder),
      env: this.env,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
    });
    this.#context.onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return child;
  }
}
