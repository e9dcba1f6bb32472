/**
 * @module clients/typescript/picture
 * A photograph as a browser, React Native and Node have it, and as a request carries it.
 */

/** A file of React Native, as its image pickers give it: its `fetch` reads the file itself, from a form only. */
export interface FileReference {
  uri: string;
  name?: string | undefined;
  /** Media type. The service goes by the bytes. */
  type?: string | undefined;
}

/** Bytes, a Blob or File, or a file of React Native. */
export type Picture = Blob | Uint8Array<ArrayBuffer> | ArrayBuffer | FileReference;

export interface NamedPicture {
  picture: Picture;
  /** Comes back with the result. */
  filename?: string | undefined;
}

type Body = NonNullable<RequestInit['body']>;

const UNKNOWN_TYPE = 'application/octet-stream';

/** Makes the request's body of one picture: the bytes as they are, where they are at hand. */
export function bodyOf(picture: Picture): { body: Body; headers: Record<string, string> } {
  if (isReference(picture)) return { body: formOf([{ picture }]), headers: {} };
  const type = picture instanceof Blob && picture.type !== '' ? picture.type : UNKNOWN_TYPE;
  return { body: picture, headers: { 'content-type': type } };
}

/** Makes a form of pictures, after its fields. */
export function formOf(pictures: readonly NamedPicture[], fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [index, { picture, filename = nameOf(picture) }] of pictures.entries()) {
    const name = filename ?? `photograph-${index + 1}`;
    if (isReference(picture)) {
      // What React Native's FormData takes; the standard's types don't know it.
      const file = { type: UNKNOWN_TYPE, ...picture, name };
      (form.append as (field: string, file: object) => void).call(form, 'photo', file);
    } else {
      form.append('photo', picture instanceof Blob ? picture : new Blob([picture]), name);
    }
  }
  return form;
}

function isReference(picture: Picture): picture is FileReference {
  return 'uri' in picture;
}

/** A File's own name. */
export function nameOf(picture: Picture): string | undefined {
  return 'name' in picture && typeof picture.name === 'string' ? picture.name : undefined;
}
