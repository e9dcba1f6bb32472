/**
 * @module functions/page/assets
 * Script and style of the page, bundled from `client/` by the build, which puts them in place of the name below.
 */

export interface PageAssets {
  /** For a script element without type module. */
  script: string;
  style: string;
}

declare const PAWPRINT_PAGE_ASSETS: PageAssets;

/** Throws ReferenceError in code that the build hasn't made, and where nothing defines the name globally. */
export function pageAssets(): PageAssets {
  return PAWPRINT_PAGE_ASSETS;
}
