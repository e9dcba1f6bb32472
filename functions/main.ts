/**
 * @module functions/main
 * The entry point of the function app: importing a function registers it.
 */
import { app } from '@azure/functions';
import './app.ts';
import './breeds.ts';
import './classify.ts';
import './convert.ts';
import './docs.ts';
import './feedback.ts';
import './feedback-delete.ts';
import './feedback-list.ts';
import './health.ts';
import './model.ts';
import './models.ts';
import './openapi.ts';
import './poison.ts';
import './promote.ts';
import './ready.ts';
import './register.ts';
import './rollback.ts';
import './sweep.ts';
import { services } from './services.ts';

// The first model is loaded before the first request asks for it. The start doesn't wait for it, and a registry
// that is empty or out of reach doesn't fail it: the requests will say so.
app.hook.appStart(() => {
  Promise.resolve()
    .then(() => services().production.use(async () => {}))
    .catch(() => {});
});
