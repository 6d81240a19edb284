import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { folderFailed, isIssueFileName, makeBoardFolder, realBoardFiles } from './board-files.js';

/** What a new board begins with, when somebody wants it to. */
const EXAMPLE = {
  name: 'EXAMPLE-1.md',
  text: `---
identifier: EXAMPLE-1
title: Say hello
state: Todo
---
Add a file \`HELLO.md\` with one friendly sentence about this project. This issue is an example: change it or remove it.
`,
};

/**
 * Whether a board has issues; one that is not there yet has none.
 * @throws SymphonyError `tracker_request`
 */
export async function hasIssues(folder: string): Promise<boolean> {
  try {
    if ((await realBoardFiles.stamp(folder)) === null) return false;
    return (await realBoardFiles.list(folder)).some(isIssueFileName);
  } catch (error) {
    throw folderFailed(folder, 'read', error);
  }
}

/**
 * Puts an example issue on a board, whose folder is made where it is missing, and answers its file; null when there is one of that name, which is left as it is.
 * @throws SymphonyError `tracker_request`
 */
export async function putExample(folder: string): Promise<string | null> {
  await makeBoardFolder(folder);
  const path = join(folder, EXAMPLE.name);
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(EXAMPLE.text);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return path;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null;
    throw folderFailed(folder, 'written to', error);
  }
}
