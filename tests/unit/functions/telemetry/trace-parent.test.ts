import { parseTraceParent } from '../../../../functions/telemetry/trace-parent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const GOOD = `00-${TRACE}-${SPAN}-01`;

test('a traceparent names a trace and a span', () => {
  expect(parseTraceParent(GOOD)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true });
  expect(parseTraceParent(` ${GOOD} `)?.spanId).toBe(SPAN);
  expect(parseTraceParent(`00-${TRACE}-${SPAN}-00`)?.traceFlags).toBe(0);
});

// The standard lets a later version have more parts, behind the four that are known.
test.each([`01-${TRACE}-${SPAN}-01`, `cc-${TRACE}-${SPAN}-01-more`])(
  '%s of a later version is read',
  (text) => {
    expect(parseTraceParent(text)?.traceId).toBe(TRACE);
  },
);

test.each([
  undefined,
  null,
  '',
  'x',
  `ff-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  GOOD.toUpperCase(),
  `${GOOD}-more`,
  `${GOOD}0`,
  `01-${TRACE}-${SPAN}-01more`,
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE.slice(1)}-${SPAN}-01`,
  `${GOOD},${GOOD}`,
  `x${GOOD}`,
])('%j is none', (text) => {
  expect(parseTraceParent(text)).toBeUndefined();
});
