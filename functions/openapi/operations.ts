/**
 * @module functions/openapi/operations
 * Every operation of the service, in the order in which people read of them.
 */
import type { Level, Operation } from './operation.ts';
import { classifyOperation } from './operations/classify.ts';
import { appOperation, docsOperation, openapiOperation } from './operations/documents.ts';
import {
  deleteFeedbackOperation,
  giveFeedbackOperation,
  listFeedbackOperation,
} from './operations/feedback.ts';
import {
  listModelsOperation,
  promoteModelOperation,
  rollbackModelOperation,
  showModelOperation,
} from './operations/models.ts';
import { retrainOperation, retrainStatusOperation } from './operations/retrain.ts';
import { breedsOperation, healthOperation, metricsOperation, readyOperation } from './operations/service.ts';

/** The operations; `classifyLevel` is the setting CLASSIFY_AUTH_LEVEL, or a token. */
export function allOperations({ classifyLevel }: { classifyLevel: Level }): Operation[] {
  return [
    classifyOperation({ level: classifyLevel }),
    breedsOperation,
    giveFeedbackOperation({ level: classifyLevel }),
    deleteFeedbackOperation({ level: classifyLevel }),
    listFeedbackOperation,
    listModelsOperation,
    showModelOperation,
    promoteModelOperation,
    rollbackModelOperation,
    retrainOperation,
    retrainStatusOperation,
    healthOperation,
    readyOperation,
    metricsOperation,
    openapiOperation,
    docsOperation,
    appOperation,
  ];
}
