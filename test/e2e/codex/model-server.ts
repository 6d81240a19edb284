export { type ModelServer, startModelServer } from '../../helpers/codex/model-server.js';
export type { Step } from '../../helpers/codex/script.js';
