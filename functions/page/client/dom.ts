/**
 * @module functions/page/client/dom
 * The elements of the page, by their ids, and new ones.
 */

/** The element with an id, checked to be of `type`. Throws where page and script don't fit together. */
export function find<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`The page has no ${type.name} with the id ${id}`);
}

/** A new element with text or elements in it. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { className = '' }: { className?: string },
  ...content: (string | Node)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...content);
  return element;
}
