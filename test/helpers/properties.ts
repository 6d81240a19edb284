import fc from 'fast-check';

/**
 * Properties look at the same inputs in every run, so that a suite that was green stays green. To look at others:
 * `SYMPHONY_PROPERTY_SEED=7 npx vitest run …`; whatever that finds gets a test of its own.
 */
const seed = Number(process.env['SYMPHONY_PROPERTY_SEED'] ?? 20_261_121);
fc.configureGlobal({ seed });

// biome-ignore lint/style/noDefaultExport: it stands in for the package, which is used by this name.
export default fc;
