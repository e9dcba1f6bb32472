/**
 * @module functions/page/client/key-form
 * Asks for the key of the service, only after it has asked for one.
 */
import { find } from './dom.ts';
import { rememberKey } from './service.ts';

export class KeyForm {
  private readonly form = find('key-form', HTMLFormElement);
  private readonly input = find('key', HTMLInputElement);
  private readonly hint = find('key-hint', HTMLElement);
  private goOn: (() => void) | null = null;

  constructor() {
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      rememberKey(this.input.value.trim());
      const { goOn } = this;
      this.hide();
      goOn?.();
    });
  }

  /** Asks, and calls `goOn` when there is a key. */
  ask({ wasRefused }: { wasRefused: boolean }, goOn: () => void): void {
    this.goOn = goOn;
    this.form.hidden = false;
    this.hint.textContent = wasRefused
      ? 'The service didn’t accept that key. Ask whoever runs it for another one.'
      : 'Whoever runs the service has it. It stays in this tab until you close it.';
    this.input.toggleAttribute('aria-invalid', wasRefused);
    this.input.select();
    this.input.focus();
  }

  hide(): void {
    this.goOn = null;
    this.form.hidden = true;
  }
}
