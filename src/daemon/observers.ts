import type { OrchestratorParts } from '../engine/orchestrator.js';
import { isIgnoredWhenFailed, type Tally } from '../engine/tally.js';
import type { History } from '../observe/history.js';
import { issueContext, type Logger } from '../observe/logger.js';
import { type LogLine, narrate } from '../observe/narrate.js';
import { agentLine, hookLine } from '../observe/run-lines.js';
import type { ReportProblem } from '../ports/tracker.js';
import { hookProblem } from './hook-problem.js';

/** Who is told what happens. */
export interface Observers {
  readonly logger: Logger;
  readonly history: History;
  readonly tally: Tally;
  readonly report: ReportProblem;
}

type Told = 'observe' | 'onAgentReport' | 'onHook' | 'onUnforeseen';

/** Tells every observer what the orchestrator tells. */
export function tellObservers({
  logger,
  history,
  tally,
  report: reportProblem,
}: Observers): Pick<OrchestratorParts, Told> {
  const log = ({ level, message, fields }: LogLine): void => logger.log(level, message, fields);
  return {
    observe: (event, decision, before) => {
      for (const line of narrate(event, decision, before)) log(line);
      history.observe(event, decision, before);
      tally.observe(event, decision, before);
    },
    onAgentReport: (start, report) => {
      log(agentLine(start.issue, report));
      history.agentReported(start, report);
    },
    onHook: (report) => {
      log(hookLine(report));
      history.hookReported(report);
      tally.hookReported(report);
      const problem = isIgnoredWhenFailed(report.hook) ? hookProblem(report) : null;
      if (problem !== null) reportProblem(problem);
    },
    onUnforeseen: (error, { issue }) => logger.error('run met a bug', { ...issueContext(issue), error }),
  };
}
