/** What an element may hold: texts stay texts, whatever they say. */
export type Child = Node | string | null;

/** Attributes by name; null and false leave one out. */
export interface Attributes {
  readonly [name: string]: string | number | boolean | null;
}

/** Makes an element. Markup is never read from a text, and no attribute runs code or points elsewhere. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** Makes an element of a picture. */
export function s<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Sets or removes an attribute, only when that changes something. */
export function setAttribute(element: Element, name: string, value: Attributes[string]): void {
  if (name === 'style' || name === 'srcdoc' || name.startsWith('on'))
    throw new Error(`attribute ${name} is not for this page`);
  if (value === null || value === false || value === undefined) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Sets the text of an element, only when that changes it: a selection in it stays, and nothing is drawn anew. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Replaces what an element holds, only when it holds something else. */
export function setChildren(element: Element, ...children: readonly Node[]): void {
  const isSame =
    element.childNodes.length === children.length &&
    children.every((child, index) => element.childNodes[index] === child);
  if (!isSame) element.replaceChildren(...children);
}

/** Shows or hides an element. */
export function setShown(element: HTMLElement, isShown: boolean): void {
  if (element.hidden === isShown) element.hidden = !isShown;
}
