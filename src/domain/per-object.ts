/**
 * A function whose answers are remembered, each for as long as the object lives that it was made of. Only for functions of
 * nothing but that object, and only for objects that never change.
 */
export function perObject<Key extends object, Value extends NonNullable<unknown>>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
