import { escapeHtml } from '../../../core/escape-html.ts';
import { gatherReport } from '../../../training/report/gather.ts';
import { judgeFit, lossRise } from '../../../training/report/history.ts';
import { breakable, html } from '../../../training/report/html.ts';
import { ON_VALIDATION } from '../../../training/report/input.ts';
import { confusedPairs, mistakesOf } from '../../../training/report/mistakes.ts';
import { renderModelCard } from '../../../training/report/model-card.ts';
import { summary } from '../../../training/report/page.ts';
import { judgeRun, mixTable } from '../../../training/report/sections/learning.ts';
import type { Learning } from '../../../training/run/job.ts';
import { aReportInput, HOSTILE_NAME } from '../../helpers/report-input.ts';

describe('judgeFit', () => {
  const on = 'out of fold';

  it('sees no overfitting in a gap within two standard errors', () => {
    // The standard error is 3.0 points.
    const fit = judgeFit({ training: 0.95, validation: { top1: 0.9, n: 100 }, on });
    expect(fit.verdict).toBe('none');
    expect(fit.sentence).toContain('a gap of 5.0 points, where one standard error is 3.0');
  });

  it('sees some in the same gap on many photographs', () => {
    expect(judgeFit({ training: 0.95, validation: { top1: 0.9, n: 2000 }, on }).verdict).toBe('some');
  });

  it('sees overfitting in a large gap, and says from where on the validation loss rose', () => {
    const history = {
      unit: 'epoch' as const,
      title: 'network from scratch',
      points: [3, 2, 2.5].map((validationLoss, at) => ({
        epoch: at + 1,
        loss: 1,
        top1: 0.9,
        top3: 1,
        validationLoss,
      })),
      chosen: 2,
    };
    const fit = judgeFit({ training: 0.9, validation: { top1: 0.4, n: 300 }, on, history });
    expect(fit.verdict).toBe('strong');
    expect(fit.sentence).toContain('It overfits.');
    expect(fit.sentence).toContain('lowest at epoch 2 (2.000) and ended at 2.500');
    expect(fit.sentence).toContain('The weights of epoch 2 were kept.');
  });

  it('takes a rise of a hundredth for noise', () => {
    const at = (epoch: number, validationLoss: number) => ({
      epoch,
      loss: 1,
      top1: 1,
      top3: 1,
      validationLoss,
    });
    expect(lossRise({ points: [at(1, 2), at(2, 2.02)] })).toBeNull();
    expect(lossRise({ points: [] })).toBeNull();
  });
});

describe('judgeRun', () => {
  it('compares the end of the last phase with what was unseen', () => {
    const fit = judgeRun(aReportInput());
    expect(fit?.sentence).toContain(
      'Top-1 is 90.0 % on the training photographs and 80.0 % out of fold (n = 240)',
    );
    expect(judgeRun(aReportInput({ histories: [] }))).toBeNull();
  });
});

describe('gatherReport', () => {
  // The loss is lowest at epoch 2, top-1 is highest at epoch 3.
  const history = [1, 2, 3, 4].map((epoch) => ({
    epoch,
    loss: 1 / epoch,
    top1: 0.2 * epoch,
    top3: 0.25 * epoch,
    validationLoss: 2 + Math.abs(epoch - 2),
    validationTop1: epoch === 3 ? 0.5 : 0.4,
    validationTop3: 0.6,
    seconds: 1,
  }));
  const tried = [0, 0.2, 0.5].map((share) => ({
    share,
    calibratedLoss: 0.3 + Math.abs(share - 0.2),
    loss: 1,
    top1: 0.4 + share,
    top3: 0.9,
  }));

  const gather = (network: string, learning: Partial<Learning>) => {
    const input = aReportInput();
    const { facts, details, createdAt, evaluation, scored, unseen } = input;
    const ofBoth = <T>(value: T) => ({ float32: value, int8: value });
    const run = {
      settings: { network, reportPictures: 'off' },
      data: { root: '.', notes: [] },
      split: { evaluation },
      labels: facts.labels,
      fitted: {
        temperature: ofBoth(1),
        unknownThreshold: ofBoth(0.5),
        ambiguousBelow: 0.5,
        classMeans: ofBoth(new Float32Array()),
      },
      outOfFold: unseen,
      learning: {
        unseenBy: 'validation' as const,
        headProgress: [],
        history,
        keptEpoch: null,
        mix: null,
        ...learning,
      },
      served: { scored, cosines: ofBoth(new Float32Array()) },
      circumstances: {},
    };
    return gatherReport(run, { facts, details, createdAt });
  };

  it('names the epoch that was kept, though another has a lower loss', () => {
    const sentence = judgeRun(gather('scratch', { keptEpoch: 3 }))!.sentence;
    expect(sentence).toContain('40.0 % on the validation part (n = 240) after the last epoch');
    expect(sentence).toContain('The validation loss was lowest at epoch 2');
    expect(sentence).toContain('The weights of epoch 3 were kept.');
  });

  it('says of fine-tuning what share of it the result has, and shows those that were tried', () => {
    const input = gather('transfer', { mix: { share: 0.2, tried } });
    const sentence = judgeRun(input)!.sentence;
    expect(sentence).toContain('40.0 % on the validation part');
    expect(sentence).toContain('0.20 of its weights and 0.80 of those before fine-tuning');
    expect(sentence).toContain('a validation loss of 0.300, those before have 0.500');
    expect(sentence).not.toContain('were kept');
    expect(input.unseenName).toBe(ON_VALIDATION);
    expect(mixTable(input.histories.at(-1)!).text).toContain(
      '<th scope="row">0.20, the result</th><td class="number">0.3000</td>',
    );
    expect(renderModelCard(input)).toContain('0.20 of its weights');
  });

  it('says where the result is all of one of both', () => {
    const before = judgeRun(gather('transfer', { mix: { share: 0, tried } }))!.sentence;
    expect(before).toContain('The result is the network before fine-tuning');
    const all = judgeRun(gather('transfer', { mix: { share: 1, tried } }))!.sentence;
    expect(all).toContain('The result is that network,');
    expect(all).not.toContain('after the last epoch');
  });

  it('tells folds from a part that validates', () => {
    const frozen = gather('transfer', {
      unseenBy: 'fold',
      history: [],
      headProgress: [{ step: 20, loss: 1, top1: 0.9, top3: 1 }],
    });
    expect(judgeRun(frozen)!.sentence).toContain('80.0 % out of fold (n = 240)');
  });
});

describe('html', () => {
  it('escapes all that is put in, once', () => {
    const name = `<b>"&'`;
    expect(html`<p title="${name}">${[html`<i>${name}</i>`, null, 0]}</p>`.text).toBe(
      '<p title="&lt;b&gt;&quot;&amp;&#39;"><i>&lt;b&gt;&quot;&amp;&#39;</i>0</p>',
    );
  });

  it('shows what would hide the end of a file name', () => {
    expect(escapeHtml('cat\u202egpj.exe\u0007')).toBe('cat\\u202egpj.exe\\u0007');
  });

  it('lets a path break after its separators only', () => {
    expect(breakable('a_b/<c>').text).toBe('a_<wbr>b/<wbr>&lt;c&gt;<wbr>');
  });
});

describe('mistakes', () => {
  const pictures = ['a', 'b', 'c', 'd'].map((path) => ({ path, sha256: path, label: 0 }));
  const scored = {
    classes: 3,
    logits: Float32Array.from([1, 2, 0, 5, 1, 0, 3, 0, 0, 0, 0, 9]),
    labels: Int32Array.from([0, 1, 0, 0]),
  };
  const mistakes = mistakesOf(scored, { pictures, temperature: 1 });

  it('come with the most certain ones first', () => {
    expect(mistakes.map(({ picture }) => picture.path)).toEqual(['d', 'b', 'a']);
    expect(mistakes[2]).toMatchObject({ truth: 0, predicted: 1, rank: 2 });
    expect(mistakes[2]!.score).toBeCloseTo(Math.E ** 2 / (Math.E ** 2 + Math.E + 1), 6);
  });

  it('count for a pair in both directions', () => {
    const pairs = confusedPairs(mistakes);
    expect(pairs[0]).toMatchObject({ first: 0, second: 1, firstAsSecond: 1, secondAsFirst: 1 });
    expect(pairs[1]).toMatchObject({ first: 0, second: 2, firstAsSecond: 1, secondAsFirst: 0 });
  });
});

describe('model card', () => {
  const input = aReportInput();
  const card = renderModelCard(input);
  const { metrics } = input.facts;

  it('opens with front matter whose figures are the metrics', () => {
    const [, matter] = card.split('---\n');
    expect(matter).toContain('pipeline_tag: image-classification');
    expect(matter).toContain(`name: "top-1, int8"\n            value: ${metrics.int8.top1.toFixed(4)}`);
    expect(matter).toContain('name: "Pawprint, tiny <base>, 6 breeds"');
  });

  it('follows the figures of the run', () => {
    const { costs } = input.details.int8;
    const share = (value: number) => `${(100 * value).toFixed(1)} %`;
    expect(card).toContain(`| cost-weighted | ${share(input.details.float32.costs.score)} (`);
    expect(card).toContain(`${share(costs.score)} (`);
    expect(card).toContain(
      '1 of 6 breeds with fewer than 30 photographs to train on: British Shorthair (7).',
    );
    expect(card).toContain("can't be told from them");
  });

  it('says where the network comes from', () => {
    const of = (changes: object) => {
      const { facts } = input;
      return renderModelCard(aReportInput({ facts: { ...facts, ...changes } }));
    };
    const base = { name: 'tiny', contentHash: 'ab'.repeat(32) };
    expect(card).toContain('trained from scratch, with a softmax layer');
    expect(of({ base, config: { fineTune: false } })).toContain('- Network: tiny, pretrained and frozen,');
    expect(of({ base, config: { fineTune: true } })).toContain('pretrained, its upper part fine-tuned,');
  });

  it('counts skipped files', () => {
    expect(card).toContain('1 file was skipped, each with its reason in `manifest.json`.\nSplit:');
    const data = { ...input.facts.data, skipped: [] };
    expect(renderModelCard(aReportInput({ facts: { ...input.facts, data } }))).toContain(
      'no file was skipped',
    );
  });

  it('shows names as text', () => {
    expect(card).toContain('a "folder" of \\<pets\\>');
    expect(card).not.toContain(HOSTILE_NAME);
  });
});

describe('summary', () => {
  it('says how many answers are right', () => {
    const input = aReportInput();
    const right = Math.round(60 * input.facts.metrics.int8.top1);
    expect(summary(input)).toMatch(new RegExp(`^Right on ${right} of 60 photographs held back \\(`));
  });
});
