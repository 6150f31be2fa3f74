import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isNegative, isZero, readAmount, sum } from '../src/ui/format';

/** The page's language, as the browser has it. */
function speak(language: string) {
  vi.stubGlobal('document', { documentElement: { lang: language } });
  vi.stubGlobal('navigator', { languages: [language] });
}
beforeEach(() => speak('en'));
afterEach(() => vi.unstubAllGlobals());

test('sums are exact at the finest place, beyond what a float can hold', () => {
  expect(sum(['0.1', '0.2'])).toBe('0.3');
  expect(sum(['9007199254740993.01', '0.02'])).toBe('9007199254740993.03');
  expect(sum(['-10.00', '9.99', '0.001'])).toBe('-0.009');
  expect(sum(['-10', '4'])).toBe('-6');
  expect(sum([])).toBe('0');
});

test('English is written as the browser’s own English region does, and without one not as in the United States', async () => {
  for (const [languages, written] of [
    [['de-DE', 'de'], '6 Dec 2026'],
    [['de', 'en'], '6 Dec 2026'],
    [['en-US', 'en'], 'Dec 6, 2026'],
  ] as const) {
    vi.resetModules();
    vi.stubGlobal('navigator', { languages });
    const { formatFor } = await import('../src/ui/format');
    expect(formatFor('en').date('2026-12-06'), languages.join()).toBe(written);
  }
});

test('nothing and less than nothing are told apart', () => {
  expect([isZero('0.00'), isZero('-0'), isZero('0.01')]).toEqual([true, true, false]);
  expect([isNegative('-0.01'), isNegative('-0.00'), isNegative('1')]).toEqual([true, false, false]);
});

test('amounts are read as people type them', () => {
  for (const [typed, read] of [
    ['1234', '1234'],
    ['1234,5', '1234.5'],
    ['1,234.50', '1234.50'],
    ['1.234,50', '1234.50'],
    ['1.234.567', '1234567'],
    ["1'234.50", '1234.50'],
    ['1 234,50', '1234.50'],
    ['.5', '0.5'],
    ['-12.30', '-12.30'],
    ['0.125', '0.125'],
    ['12.', '12'],
    ['', null],
    ['abc', null],
    ['1e5', null],
    ['12-', null],
    ['1,2,3.4.5', null],
  ] as const) {
    expect(readAmount(typed), typed).toBe(read);
  }
});

test('one mark before three digits is what the language makes of it', () => {
  expect([readAmount('1.500'), readAmount('1,500')]).toEqual(['1.500', '1500']);
  speak('de');
  expect([readAmount('1.500'), readAmount('1,500')]).toEqual(['1500', '1.500']);
  speak('es');
  expect([readAmount('1.500'), readAmount('1,500')]).toEqual(['1500', '1.500']);
  speak('fr');
  expect([readAmount('1.500'), readAmount('1,500')]).toEqual(['1.500', '1.500']);
});
