/**
 * @module core/settings/telemetry
 * What is told of the work, and to whom.
 */
import { z } from 'zod';

/** What is told of the work: docs/telemetry.md. Names of OpenTelemetry and Application Insights are theirs. */
export const telemetrySchema = z.object({
  /** `true` leaves out spans and figures. */
  OTEL_SDK_DISABLED: z
    .string()
    .default('false')
    .transform((text) => text.toLowerCase() === 'true'),
  /** Where spans go beside Application Insights. */
  OTEL_TRACES_EXPORTER: z.enum(['none', 'console']).default('none'),
  OTEL_SERVICE_NAME: z.string().min(1).max(100).default('pawprint'),
  /** Where spans and figures go on Azure. */
  APPLICATIONINSIGHTS_CONNECTION_STRING: z
    .string()
    .regex(/^\s*(\w+=[^;]*;)*InstrumentationKey=/i, 'must be the connection string of Application Insights')
    .optional(),
  /** `Authorization=AAD`, with `ClientId=…` of a user-assigned identity: the app signs in, and the key alone opens nothing. */
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z
    .string()
    .regex(/^(ClientId=[\w-]+;)?Authorization=AAD;?$/i, 'must look like ClientId=…;Authorization=AAD')
    .transform((text) => ({ clientId: /^ClientId=([\w-]+)/i.exec(text)?.[1] }))
    .optional(),
  /** A line in the log for each request, for those that failed here only, or none. */
  REQUEST_LOG: z.enum(['all', 'errors', 'off']).default('all'),
  /** Every so many seconds an instance writes how sure the models were. */
  SCORES_REPORT_SECONDS: z.coerce.number().min(1).max(86_400).default(300),
});
