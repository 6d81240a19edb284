import type { HistoryEvent, HistorySource } from '../domain/history.js';
import type { Snapshot, SnapshotSource } from '../domain/snapshot.js';
import { eventResponse } from './events.js';
import { RequestFault } from './failure.js';
import type { StreamReply } from './route.js';
import { isoTime } from './state.js';
import { StreamClient } from './stream-client.js';
import type { Timer } from './timer.js';

const MOST_STREAMS = 200;
/** Live events are sent together, so that many readers of many events cost few writes. */
const FLUSH_MS = 50;
/** Of what happens between two flushes; a flood beyond it is cut, and readers are told so. */
const MOST_PENDING = 1_000;
/** Events that a reader has missed are looked up in pieces of this size. */
const REPLAY_PAGE = 200;
const CHANGED_SPACING_MS = 1_000;
const HEARTBEAT_MS = 15_000;

/** No issue is called so. */
const NOBODY = '';
const HEARTBEAT = ': \n\n';
const GAP = 'event: gap\ndata: {}\n\n';

/** Which events a reader wants. */
export interface StreamQuery {
  /** Null for those of the whole daemon. */
  readonly identifier: string | null;
  /** Those after this one come first; null begins with the `latest`. */
  readonly after: string | null;
  /** How many of the latest events to begin with. */
  readonly latest: number;
}

interface PendingEvent {
  readonly identifier: string | null;
  readonly isDaemonWide: boolean;
  readonly frame: string;
}

/**
 * Server-sent events for many readers (`text/event-stream`).
 *
 * Invariants:
 *   S1. An event is put into words once, and written to each reader together with others.
 *   S2. A reader first catches up by itself, as fast as it reads, and is live once it has seen all there is.
 *   S3. Nothing waits for a reader: one for whom too much waits is dropped, and resumes by id.
 */
export class EventStreams {
  readonly #history: HistorySource;
  readonly #source: SnapshotSource;
  readonly #timer: Timer;
  readonly #clients = new Set<StreamClient>();
  /** Those of the clients who have caught up, by the issue that they follow. */
  readonly #live = new Map<string | null, Set<StreamClient>>();
  #pending: PendingEvent[] = [];
  #isCut = false;
  #cancelFlush: (() => void) | null = null;
  #changedAtMs = Number.NEGATIVE_INFINITY;
  /** When the latest snapshot that was heard of was made. */
  #generatedAtMs = 0;
  #cancelChanged: (() => void) | null = null;
  #stopWatching: (() => void) | null = null;
  #hasEnded = false;

  constructor(parts: { history: HistorySource; source: SnapshotSource; timer: Timer }) {
    this.#history = parts.history;
    this.#source = parts.source;
    this.#timer = parts.timer;
  }

  /** @throws RequestFault 503 when there are too many streams, or none any more */
  open({ identifier, after, latest }: StreamQuery): StreamReply {
    if (this.#hasEnded || this.#clients.size >= MOST_STREAMS) {
      throw new RequestFault(503, `There are ${MOST_STREAMS} streams already. Connect again later.`, {
        'retry-after': '10',
      });
    }
    return {
      stream: (response) => {
        const client = new StreamClient(response, identifier);
        this.#clients.add(client);
        this.#stopWatching ??= this.#watch();
        client.begin(() => this.#forget(client));
        if (after === null) this.#beginLatest(client, latest);
        else this.#catchUp(client, after);
      },
    };
  }

  get count(): number {
    return this.#clients.size;
  }

  /** Ends all streams; no others are opened. */
  end(): void {
    this.#hasEnded = true;
    this.#flush();
    for (const client of this.#clients) client.end();
  }

  #beginLatest(client: StreamClient, latest: number): void {
    const { events } = latest > 0 ? this.#events(client, { limit: latest }) : { events: [] };
    this.#send(client, events.length > 0 ? events.map(frameOf).join('') : this.#placeFrame(client));
    this.#goLive(client);
  }

  /** Where a reader begins who is told nothing yet: its connection may be lost before there is anything to tell. */
  #placeFrame(client: StreamClient): string {
    const page = { limit: 1 };
    const latest = this.#events(client, page).events.at(-1) ?? this.#history.events(page).events.at(-1);
    return latest === undefined ? '' : `id: ${latest.id}\n\n`;
  }

  #catchUp(client: StreamClient, after: string): void {
    if (client.isGone) return;
    const { events, hasGap, hasMore } = this.#events(client, { after, limit: REPLAY_PAGE });
    this.#send(client, (hasGap ? GAP : '') + events.map(frameOf).join(''));
    const last = events.at(-1)?.id;
    if (!hasMore || last === undefined) {
      this.#goLive(client);
      return;
    }
    const goOn = (): void => this.#catchUp(client, last);
    // Others get their turn between two pieces.
    if (client.isFlowing) setImmediate(goOn);
    else client.onceFlowing(goOn);
  }

  #events(client: StreamClient, page: { readonly after?: string; readonly limit: number }) {
    const { identifier } = client;
    return this.#history.events(identifier === null ? page : { ...page, identifier });
  }

  /** What others are still to get, this client has seen. */
  #goLive(client: StreamClient): void {
    this.#flush();
    if (client.isGone) return;
    const others = this.#live.get(client.identifier) ?? new Set();
    this.#live.set(client.identifier, others.add(client));
  }

  #watch(): () => void {
    const endHistory = this.#history.subscribe((event) => this.#happened(event));
    const endSource = this.#source.subscribe((snapshot) => this.#changed(snapshot));
    let cancelHeartbeat = (): void => {};
    const beat = (): void => {
      this.#sendAll(HEARTBEAT);
      cancelHeartbeat = this.#timer.wakeAt(this.#timer.nowMs() + HEARTBEAT_MS, beat);
    };
    cancelHeartbeat = this.#timer.wakeAt(this.#timer.nowMs() + HEARTBEAT_MS, beat);
    return () => {
      endHistory();
      endSource();
      cancelHeartbeat();
      this.#cancelFlush?.();
      this.#cancelFlush = null;
      this.#cancelChanged?.();
      this.#cancelChanged = null;
      this.#pending = [];
    };
  }

  #forget(client: StreamClient): void {
    this.#clients.delete(client);
    const others = this.#live.get(client.identifier);
    others?.delete(client);
    if (others?.size === 0) this.#live.delete(client.identifier);
    if (this.#clients.size > 0) return;
    this.#stopWatching?.();
    this.#stopWatching = null;
  }

  #happened(event: HistoryEvent): void {
    const { identifier } = event;
    // Everyday talk of agents is told with its issue only, as in what is kept.
    const isDaemonWide = event.level !== 'debug';
    const isFollowed = (isDaemonWide && this.#live.has(null)) || this.#live.has(identifier ?? NOBODY);
    if (!isFollowed) return;
    if (this.#pending.length >= MOST_PENDING) {
      this.#pending = [];
      this.#isCut = true;
    }
    this.#pending.push({ identifier, isDaemonWide, frame: frameOf(event) });
    this.#cancelFlush ??= this.#timer.wakeAt(this.#timer.nowMs() + FLUSH_MS, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    const pending = this.#pending;
    if (pending.length === 0) return;
    const gap = this.#isCut ? GAP : '';
    this.#pending = [];
    this.#isCut = false;
    for (const [followed, clients] of this.#live) {
      const own = pending.filter(({ identifier, isDaemonWide }) =>
        followed === null ? isDaemonWide : identifier === followed,
      );
      if (own.length === 0 && gap === '') continue;
      const frames = Buffer.from(gap + own.map(({ frame }) => frame).join(''));
      for (const client of clients) this.#send(client, frames);
    }
  }

  #changed({ generatedAtMs }: Snapshot): void {
    this.#generatedAtMs = generatedAtMs;
    const atMs = Math.max(this.#changedAtMs + CHANGED_SPACING_MS, this.#timer.nowMs());
    this.#cancelChanged ??= this.#timer.wakeAt(atMs, () => {
      this.#cancelChanged = null;
      this.#changedAtMs = this.#timer.nowMs();
      // The youngest: a reader who has this one has all that is told here.
      this.#sendAll(`event: changed\ndata: {"generated_at":"${isoTime(this.#generatedAtMs)}"}\n\n`);
    });
  }

  #sendAll(frame: string): void {
    const bytes = Buffer.from(frame);
    for (const client of this.#clients) this.#send(client, bytes);
  }

  #send(client: StreamClient, frames: string | Buffer): void {
    if (frames.length > 0) client.send(frames, this.#timer.nowMs());
  }
}

function frameOf(event: HistoryEvent): string {
  // JSON has no line ends of its own, so one line of data holds it.
  return `id: ${event.id}\nevent: symphony\ndata: ${JSON.stringify(eventResponse(event))}\n\n`;
}
