/**
 * What an agent may do with `linear_graphql`, from most to least: `full` is the whole API but for administration,
 * `scoped` reads all and writes only around issues of the configured project, `read` writes nothing.
 */
export const TOOL_ACCESS = ['full', 'scoped', 'read'] as const;

export type ToolAccess = (typeof TOOL_ACCESS)[number];

/** The workflow file's key that chooses one; refusals name it. */
export const TOOL_ACCESS_KEY = 'tracker.provider.tool_access';
