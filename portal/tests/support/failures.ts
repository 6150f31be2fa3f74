import type { Reporter, TestCase } from 'vitest/node';

/** Says at once what failed and why: a run that is cut short has said what it knew. */
export default class Failures implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state !== 'failed') return;
    console.error(`FAILED ${test.fullName}`);
    for (const error of result.errors) console.error(error.message, error.diff ?? '');
  }
}
