import type { Page } from 'playwright-core';

// What an eye, a finger or a screen reader would find wrong with a page. Each is run in the page itself.

/** Controls without a name, as their markup. */
export function namelessControls(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('a, button, input, select, textarea, summary, dialog')]
    .filter((control) => control.checkVisibility())
    .filter((control) => {
      const labels = [...(control.labels ?? [])].map((label) => label.textContent).join('');
      const name = control.getAttribute('aria-label') ?? (labels || control.textContent);
      return name.trim() === '';
    })
    .map((control) => control.outerHTML.slice(0, 200))`);
}

/** Controls of less than 24 by 24 pixels that are not words within a line (WCAG 2.2, 2.5.8). */
export function smallTargets(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('button, input:not([type=checkbox]), select, textarea')]
    .filter((control) => control.checkVisibility() && control.closest('[class*=empty]') === null)
    .map((control) => ({ control, box: control.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24 || box.right > innerWidth))
    .map(({ control, box }) => control.outerHTML.slice(0, 120) + ' ' + box.width + ' x ' + box.height)`);
}

/** Texts with less contrast than 4.5 to 1 (WCAG 2.2, 1.4.3), with what it is. */
export function faintTexts(page: Page): Promise<unknown> {
  return page.evaluate(FAINT_TEXTS);
}

const FAINT_TEXTS = `(() => {
  const rgba = (color) => {
    const numbers = color.match(/[\\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const over = (top, bottom) => top.rgb.map((each, index) => each * top.alpha + bottom[index] * (1 - top.alpha));
  const groundOf = (element) => {
    if (element === null) return [255, 255, 255];
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own.alpha === 1 ? own.rgb : over(own, groundOf(element.parentElement));
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((each) => each / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let looked = 0;
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === '' || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const ground = groundOf(element);
    const ink = element instanceof SVGElement ? style.fill : style.color;
    const ratio = contrast(over(rgba(ink), ground), ground);
    looked += 1;
    if (ratio < 4.5) faint.push(node.textContent.trim().slice(0, 40) + ': ' + ratio.toFixed(2));
  }
  if (looked < 50) faint.push('only ' + looked + ' texts were looked at');
  return faint;
})()`;
