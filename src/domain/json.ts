/** A value that survives JSON unchanged. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A JSON object, as opaque provider and agent payloads are kept. */
export type JsonObject = { readonly [key: string]: JsonValue };
