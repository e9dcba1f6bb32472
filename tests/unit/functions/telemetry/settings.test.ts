import { parseConfig, parseTelemetryConfig } from '../../../../core/config.ts';

const CONNECTION =
  'InstrumentationKey=00000000-1111-2222-3333-444444444444;IngestionEndpoint=https://x.example/';

test('without any setting spans go nowhere, every request has a line, and scores are written every five minutes', () => {
  expect(parseTelemetryConfig({})).toEqual({
    OTEL_SDK_DISABLED: false,
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_SERVICE_NAME: 'pawprint',
    REQUEST_LOG: 'all',
    SCORES_REPORT_SECONDS: 300,
  });
});

test('the settings of Application Insights are read as the host reads them', () => {
  const parsed = parseTelemetryConfig({
    APPLICATIONINSIGHTS_CONNECTION_STRING: CONNECTION,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING:
      'ClientId=1c9f00aa-0000-4000-8000-000000000000;Authorization=AAD',
  });
  expect(parsed.APPLICATIONINSIGHTS_CONNECTION_STRING).toBe(CONNECTION);
  expect(parsed.APPLICATIONINSIGHTS_AUTHENTICATION_STRING).toEqual({
    clientId: '1c9f00aa-0000-4000-8000-000000000000',
  });
  const ofSystem = parseTelemetryConfig({ APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD' });
  expect(ofSystem.APPLICATIONINSIGHTS_AUTHENTICATION_STRING).toEqual({ clientId: undefined });
});

test.each(['true', 'TRUE', 'True'])('OTEL_SDK_DISABLED=%s switches off, anything else does not', (value) => {
  expect(parseTelemetryConfig({ OTEL_SDK_DISABLED: value }).OTEL_SDK_DISABLED).toBe(true);
  expect(parseTelemetryConfig({ OTEL_SDK_DISABLED: 'yes' }).OTEL_SDK_DISABLED).toBe(false);
});

test.each([
  ['OTEL_TRACES_EXPORTER', 'otlp'],
  ['APPLICATIONINSIGHTS_CONNECTION_STRING', 'https://x.example/'],
  ['APPLICATIONINSIGHTS_AUTHENTICATION_STRING', 'ClientId=x'],
  ['REQUEST_LOG', 'debug'],
  ['SCORES_REPORT_SECONDS', '0'],
])('a wrong %s is named, also by the settings of the whole app', (name, value) => {
  expect(() => parseTelemetryConfig({ [name]: value })).toThrow(new RegExp(`${name}: `));
  const settings = { MODEL_STORAGE: 'UseDevelopmentStorage=true', [name]: value };
  expect(() => parseConfig(settings)).toThrow(new RegExp(`${name}: `));
});
