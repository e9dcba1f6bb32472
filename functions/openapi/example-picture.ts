/**
 * @module functions/openapi/example-picture
 * A picture that is small enough to stand in the document: an orange spot of eight by eight pixels, as a PNG.
 */
export const EXAMPLE_PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAMAAADz0U65AAAABlBMVEXw8OvIjEZuisKoAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAF0lEQVQI12NgQABGIIDRYBYeBlwxFAAABMgAIXNT/jYAAAAASUVORK5CYII=';
