import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { filesUnder, withoutComments } from '../helpers/source-tree.js';

// Goal: what trackers and agents write can never become markup, script or a request, whatever a later change does.

const APP = 'src/web/app';

function linesLike(pattern: RegExp, files = filesUnder(APP, /\.ts$/)): string[] {
  return files.flatMap((path) =>
    withoutComments(readFileSync(path, 'utf8'))
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('the page', () => {
  test('never reads markup from a text, and runs no text', () => {
    const doors =
      /innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|DOMParser|createContextualFragment|\beval\(|new Function|srcdoc =/;

    expect(linesLike(doors)).toEqual([]);
  });

  test('sets no style attribute and no handler attribute', () => {
    expect(linesLike(/\.style\b|'style':|\bstyle:|cssText|'on[a-z]+'|\bon[a-z]+: '/)).toEqual([]);
  });

  test('links and sends nothing anywhere but through the places that check it', () => {
    const makesLinks = linesLike(/\bhref[,:]/).filter(
      (line) => !/href: '[/#]|issuePath\(|href, rel: 'noopener noreferrer'/.test(line),
    );
    const sends = linesLike(/\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket|new EventSource|\bimport\(/);

    expect(makesLinks).toEqual([]);
    expect(sends.map((line) => line.split(':')[0])).toEqual([
      `${APP}/daemon/api.ts`,
      `${APP}/daemon/stream.ts`,
    ]);
  });

  test('names no other server in its document and styles', () => {
    const files = filesUnder(APP, /\.(html|css|svg)$/);

    expect(files.length).toBeGreaterThan(5);
    expect(linesLike(/https?:\/\/(?!www\.w3\.org\/2000\/svg)|url\(|@font-face/, files)).toEqual([]);
    expect(linesLike(/<script(?! type="module" src="\/app\.js")|\sstyle=|\son[a-z]+=|<style/, files)).toEqual(
      [],
    );
  });

  test('decides what is shown without a document, so that it can be tested without one', () => {
    const model = filesUnder(`${APP}/model`, /\.ts$/);

    expect(linesLike(/\b(document|window|localStorage|navigator|location|HTMLElement)\b/, model)).toEqual([]);
  });
});
