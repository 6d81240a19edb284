/** What `active_states` means on a board whose file names none. */
export const BOARD_ACTIVE_STATES: readonly string[] = ['Todo', 'In Progress'];

/** What `terminal_states` means on a board whose file names none. */
export const BOARD_TERMINAL_STATES: readonly string[] = [
  'Closed',
  'Cancelled',
  'Canceled',
  'Duplicate',
  'Done',
];

/** The state of an issue that names none. */
export const DEFAULT_STATE = 'Todo';
