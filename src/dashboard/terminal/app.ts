import { Box, Text, type TextProps } from 'ink';
import { createElement, type ReactElement } from 'react';
import type { Line, Tone } from '../text/line.js';

const STYLES: { readonly [tone in Tone]: TextProps } = {
  plain: {},
  title: { bold: true },
  dim: { dimColor: true },
  good: { color: 'green' },
  busy: { color: 'cyan' },
  warn: { color: 'yellow' },
  bad: { color: 'red' },
  selected: { inverse: true },
  key: { color: 'cyan', bold: true },
};

/** The same for who wants no colours: what only a colour told was told by a sign or a word besides. */
const COLOURLESS: typeof STYLES = {
  ...STYLES,
  good: {},
  busy: {},
  warn: {},
  bad: { bold: true },
  key: { bold: true },
};

/** What is drawn, and how. */
export interface AppProps {
  readonly lines: readonly Line[];
  /** By default it has. */
  readonly hasColors?: boolean;
}

/**
 * Lines as Ink draws them: lines in, styled text out. What stands in them was decided before.
 *
 * Elements are made by hand, since test runners compile JSX for React's development build, which the production build
 * cannot draw.
 */
export function App({ lines, hasColors = true }: AppProps): ReactElement {
  const styles = hasColors ? STYLES : COLOURLESS;
  const rows = lines.map((line, index) =>
    createElement(
      Text,
      { key: index, wrap: 'truncate-end' },
      // An empty line would have no height.
      ...(line.length === 0 ? [' '] : line.map(({ text, tone }) => createElement(Text, styles[tone], text))),
    ),
  );
  return createElement(Box, { flexDirection: 'column' }, ...rows);
}
