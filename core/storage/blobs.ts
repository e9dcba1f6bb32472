/**
 * @module core/storage/blobs
 * Blobs as they are spoken of: with their content, by what storage knows of them, and as files that are to become
 * some.
 */

export interface StoredBlob {
  bytes: Buffer;
  etag: string;
}

/** What storage knows of a blob without reading it. */
export interface BlobProperties {
  bytes: number;
  etag: string;
  lastModified: Date;
}

export interface ListedBlob extends BlobProperties {
  path: string;
}

/** A file on disk that is to become a blob. */
export interface LocalFile {
  path: string;
  bytes: number;
  sha256: string;
}
