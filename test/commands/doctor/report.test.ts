import { expect, test } from 'vitest';
import { jsonReport, nameWidth, textLines, textVerdict } from '../../../src/commands/doctor/report.js';
import { failure, ok, problem, skipped, warning } from '../../../src/domain/finding.js';

test('a report has a line for each finding, its mend below it, and how many need somebody', () => {
  const findings = [
    ok('node', '20.19.0'),
    problem('active states', 'no team has "In Progess"', 'write "In Progress"'),
    warning('disk', '900 MiB free', 'make room'),
    skipped('port', 'the workflow file has to be mended first'),
  ];

  expect(`${textLines(findings, 13)}${textVerdict(findings)}`).toBe(
    [
      'OK       node           20.19.0',
      'PROBLEM  active states  no team has "In Progess"',
      '                        -> write "In Progress"',
      'warning  disk           900 MiB free',
      '                        -> make room',
      'skipped  port           because the workflow file has to be mended first',
      '',
      '1 problem, 1 warning, 1 skipped',
      '',
    ].join('\n'),
  );
});

test('what strangers wrote stays on its line and orders no terminal about', () => {
  const findings = [problem('project', 'called \u001b[31m"x"\u001b[0m\nOK  all\u202e \u0007', 'a\r\nb')];

  expect(textLines(findings, 7)).toBe('PROBLEM  project  called "x" OK all\n                  -> a b\n');
});

test('the column of names has room for those of every machine before one is known', () => {
  expect(nameWidth([])).toBe('required labels'.length);
  expect(nameWidth(['b', 'build-1'])).toBe('build-1 required labels'.length);
});

test('a report for programs is all findings as they are', () => {
  const findings = [ok('node', '20.19.0'), warning('disk', 'little', null)];

  expect(JSON.parse(jsonReport(findings))).toEqual(findings);
});

test('a failure is told with the mend that its message ends with', () => {
  expect(failure('tracker', { message: 'it said "a; b"; ask again' })).toEqual(
    problem('tracker', 'it said "a; b"', 'ask again'),
  );
  expect(failure('tracker', { message: 'it said no' })).toEqual(problem('tracker', 'it said no', null));
});
