/**
 * @module functions/page/client/take
 * The ways in for a photograph: chosen, taken, dropped anywhere on the page, or pasted.
 */
import { find } from './dom.ts';

export interface TakeHandlers {
  onFiles(files: File[]): void;
  /** Something was dropped or pasted that has no file in it. */
  onNothing(from: 'drop' | 'paste'): void;
}

export function takePhotographs({ onFiles, onNothing }: TakeHandlers): void {
  for (const id of ['choose', 'take']) {
    const input = find(id, HTMLInputElement);
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])];
      // Else the same file, chosen again, would be no change.
      input.value = '';
      if (files.length > 0) onFiles(files);
    });
  }
  const hand = (data: DataTransfer | null, from: 'drop' | 'paste') => {
    const files = [...(data?.files ?? [])];
    if (files.length > 0) onFiles(files);
    else onNothing(from);
  };
  document.addEventListener('paste', (event) => {
    if (isForText(event.target)) return;
    event.preventDefault();
    hand(event.clipboardData, 'paste');
  });
  listenForDrops((data) => hand(data, 'drop'));
}

/** The whole page takes what is dropped: a browser would leave it to show the picture. */
function listenForDrops(onDrop: (data: DataTransfer | null) => void): void {
  const mark = (isOver: boolean) => document.body.classList.toggle('over', isOver);
  document.addEventListener('dragover', (event) => {
    if (isForText(event.target)) return;
    event.preventDefault();
    mark(true);
  });
  document.addEventListener('dragleave', (event) => {
    // Going from one element of the page to another isn't leaving it.
    if (event.relatedTarget === null) mark(false);
  });
  document.addEventListener('drop', (event) => {
    mark(false);
    if (isForText(event.target)) return;
    event.preventDefault();
    onDrop(event.dataTransfer);
  });
}

function isForText(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && ['password', 'text'].includes(target.type);
}
