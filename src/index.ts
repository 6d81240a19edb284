/** The public API: what programs that embed Symphony may use. Adding a line here is a line in CHANGELOG.md. */
export { type ClientOptions, SymphonyClient } from './client/client.js';
export { type Daemon, type DaemonEnd, type DaemonOptions, startDaemon } from './daemon.js';
export { ERROR_CODES, type ErrorCode, SymphonyError } from './domain/error.js';
