import type { Reporter, TestCase } from 'vitest/node';

/**
 * Says at once what failed and why: a run that is cut short has said what it knew. What passed only when it was tried
 * again is named too, and once more at the end: something in it depends on chance.
 */
export default class Failures implements Reporter {
  private readonly flaky: string[] = [];

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    const isFlaky = test.diagnostic()?.flaky === true;
    if (result.state !== 'failed' && !isFlaky) return;
    if (isFlaky) this.flaky.push(test.fullName);
    console.error(`${isFlaky ? 'FLAKY' : 'FAILED'} ${test.fullName}`);
    for (const error of result.errors ?? []) console.error(error.message, error.diff ?? '');
  }

  onTestRunEnd(): void {
    for (const name of this.flaky) console.error(`FLAKY, passed when tried again: ${name}`);
  }
}
