/**
 * @module functions/page/client/failure
 * What keeps an answer away, and the plain words for it.
 */
import type { Problem } from '../../contract/problem.ts';

/** A photograph that can't be sent, and why. */
export type PhotographFault = 'heic' | 'not-a-picture' | 'empty' | 'too-large' | 'unreadable';

export type FailureKind =
  | { kind: 'unreachable' }
  | { kind: 'too-slow' }
  | { kind: 'not-an-answer' }
  | { kind: 'no-file'; from: 'drop' | 'paste' }
  | { kind: 'photograph'; fault: PhotographFault }
  | { kind: 'refused'; status: number; problem: Partial<Problem> | null; retryAfterSeconds: number | null };

export class Failure extends Error {
  readonly what: FailureKind;

  constructor(what: FailureKind) {
    super(what.kind);
    this.what = what;
  }
}

export interface Words {
  title: string;
  detail: string;
  /** Seconds until the same may be tried again; null where that would help nothing. */
  retrySeconds: number | null;
  /** By which whoever runs the service finds this in the log, where the fault may be there. */
  requestId: string | null;
}

/** Where the service names no pause. */
const PAUSE_SECONDS = 5;

const PHOTOGRAPH_WORDS: Record<PhotographFault, readonly [title: string, detail: string]> = {
  heic: [
    'This browser can’t open HEIC',
    'That is how iPhones keep photographs. Open this page in Safari, or save the photograph as a JPEG. On an iPhone: Settings, Camera, Formats, Most Compatible.',
  ],
  'not-a-picture': ['That isn’t a photograph', 'Choose a JPEG, PNG, WebP, AVIF or GIF.'],
  empty: ['The file is empty', 'Choose another photograph.'],
  'too-large': [
    'The photograph is too large',
    'This browser can’t make it smaller, and more than 10 MB aren’t taken. Choose a smaller one.',
  ],
  unreadable: [
    'The file can’t be read',
    'It may have been moved, or not be on this device yet. Choose it again.',
  ],
};

const STATUS_WORDS: Record<number, readonly [title: string, detail: string]> = {
  401: ['This service asks you to sign in', 'This page can’t do that. Use the app that you sign in with.'],
  413: [
    'The photograph is too large',
    'At most 10 MB and 50 million pixels are taken. Choose a smaller one.',
  ],
  415: ['This kind of file can’t be read', 'Choose a JPEG, PNG, WebP, AVIF or GIF.'],
  422: ['The photograph is damaged', 'It is cut off, or broken in another way. Choose another one.'],
  429: ['The service is busy', 'Others are asking too.'],
  503: ['The service isn’t ready', 'It is starting, or has no model yet.'],
  504: ['That took too long', 'The service has much to do.'],
};

/** What to tell people of anything that was thrown. */
export function describeFailure(thrown: unknown): Words {
  const silent = { retrySeconds: null, requestId: null };
  if (!(thrown instanceof Failure)) {
    return { title: 'Something went wrong on this page', detail: 'Load it again.', ...silent };
  }
  const { what } = thrown;
  switch (what.kind) {
    case 'unreachable':
      return {
        title: 'The service can’t be reached',
        detail: 'Is this device connected to the Internet?',
        retrySeconds: 0,
        requestId: null,
      };
    case 'too-slow':
      return {
        title: 'That took too long',
        detail: 'The connection may be slow.',
        retrySeconds: 0,
        requestId: null,
      };
    case 'not-an-answer':
      return {
        title: 'Something else answered',
        detail: 'What came is not from the service: a network may ask you to sign in first.',
        retrySeconds: 0,
        requestId: null,
      };
    case 'no-file':
      return {
        title: what.from === 'drop' ? 'That isn’t a file' : 'There is no picture to paste',
        detail: 'Save the picture on this device, then choose it.',
        ...silent,
      };
    case 'photograph': {
      const [title, detail] = PHOTOGRAPH_WORDS[what.fault];
      return { title, detail, ...silent };
    }
    case 'refused':
      return describeRefusal(what);
  }
}

function describeRefusal({
  status,
  problem,
  retryAfterSeconds,
}: Extract<FailureKind, { kind: 'refused' }>): Words {
  const isOfTheService = status >= 500;
  const mayHelp = status === 429 || isOfTheService;
  const [title, detail] = STATUS_WORDS[status] ?? [
    isOfTheService ? 'Something went wrong in the service' : 'The service can’t take this',
    (!isOfTheService && problem?.detail) || 'The fault is not yours.',
  ];
  return {
    title,
    detail,
    retrySeconds: mayHelp
      ? (retryAfterSeconds ?? (status === 429 || status === 503 ? PAUSE_SECONDS : 0))
      : null,
    requestId: isOfTheService ? (problem?.requestId ?? null) : null,
  };
}

/** `value` of a Retry-After header (RFC 9110, 10.2.3) in seconds from `now`; null where there is none. */
export function parseRetryAfter(value: string | null, now = Date.now()): number | null {
  if (value === null) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000));
}
