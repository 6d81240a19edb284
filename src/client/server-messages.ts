/** More than any event has; what sends a longer one is no daemon. */
const MAX_MESSAGE_LENGTH = 4 * 1024 * 1024;

/** One message of a stream of server-sent events. */
export interface ServerMessage {
  /** `message` when it has no name. */
  readonly event: string;
  /** Blank when it only tells where the stream is. */
  readonly data: string;
  /** Null when it has none of its own. */
  readonly id: string | null;
}

/** Reads server-sent events (WHATWG HTML, 9.2) from whatever pieces they come in; comments are left out. */
export async function* serverMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerMessage> {
  const decoder = new TextDecoder();
  let rest = '';
  const fields: string[] = [];
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A carriage return at the end may be the first half of a line's end.
    const held = rest.endsWith('\r') ? '\r' : '';
    const lines = rest.slice(0, rest.length - held.length).split(/\r\n|\n|\r/u);
    rest = `${lines.pop() ?? ''}${held}`;
    for (const line of lines) {
      if (line !== '') {
        fields.push(line);
        continue;
      }
      const message = messageOf(fields.splice(0));
      if (message !== null) yield message;
    }
    if (rest.length + fields.reduce((sum, field) => sum + field.length, 0) > MAX_MESSAGE_LENGTH) {
      throw new Error(`a message is longer than ${MAX_MESSAGE_LENGTH} characters`);
    }
  }
}

/** Null for what holds neither data nor an id, such as a comment. */
function messageOf(lines: readonly string[]): ServerMessage | null {
  const fields = lines.map((line) => {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? [];
    return { name, value };
  });
  const data = fields.filter(({ name }) => name === 'data').map(({ value }) => value);
  const last = (wanted: string): string | null =>
    fields.findLast(({ name }) => name === wanted)?.value ?? null;
  const id = last('id');
  if (data.length === 0) return id === null ? null : { event: 'message', data: '', id };
  return { event: last('event') ?? 'message', data: data.join('\n'), id };
}
