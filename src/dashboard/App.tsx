import { Box, Text, type TextProps } from 'ink';
import type { ReactElement } from 'react';
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

/** A frame as Ink draws it: lines in, a screen out. What stands in it was decided before. */
export function App({ lines }: { readonly lines: readonly Line[] }): ReactElement {
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // Lines have no identity but their place.
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its row on the screen.
        <Text key={row} wrap="truncate-end">
          {line.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a span is its place in the line.
            <Text key={index} {...STYLES[part.tone]}>
              {part.text}
            </Text>
          ))}
        </Text>
      ))}
    </Box>
  );
}
