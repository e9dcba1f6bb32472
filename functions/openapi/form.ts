/**
 * @module functions/openapi/form
 * Forms with a file, as the document describes them. busboy reads them, not zod: a file is a stream of bytes.
 */
import { z } from 'zod';
import { MOST_PICTURES } from '../contract/classify.ts';

/** A file of a form. */
export const fileSchema = z.string().meta({ format: 'binary' });

/** A form with photographs, whatever the names of its fields. */
export const formSchema = z.object({
  photo: z
    .array(fileSchema)
    .min(1)
    .max(MOST_PICTURES)
    .describe('One photograph or several; the field may have any name.'),
});
