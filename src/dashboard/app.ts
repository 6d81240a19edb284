import { Box, Text, type TextProps } from 'ink';
import { createElement, type ReactElement } from 'react';
import type { Line, Tone } from './line.js';

const STYLES: { readonly [tone in Tone]: TextProps } = {
  plain: {},
  title: { bold: true },
  dim: { dimColor: true },
  good: { color: 'green' },
  busy: { color: 'cyan' },
  warn: { color: 'yellow' },
  bad: { color: 'red', bold: true },
};

/**
 * A frame as Ink draws it: lines in, a screen out. What stands in it was decided before.
 *
 * Elements are made by hand, since test runners compile JSX for React's development build, which the production build
 * cannot draw.
 */
export function App({ lines }: { readonly lines: readonly Line[] }): ReactElement {
  const rows = lines.map((line) =>
    createElement(
      Text,
      { wrap: 'truncate-end' },
      ...line.map(({ text, tone }) => createElement(Text, STYLES[tone], text)),
    ),
  );
  return createElement(Box, { flexDirection: 'column' }, ...rows);
}
