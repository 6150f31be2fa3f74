import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { begin } from '../src/api/attempts';

const payment = (amount: string, customerId = 'a') => ({ input: { customerId, amount, allocations: [] } });

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
  vi.stubGlobal('location', { pathname: '/payments/new', search: '' });
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('what is sent again without an answer goes under the same key, whatever it says by then', () => {
  const first = begin('Record', payment('10'));
  first.end(false);
  const again = begin('Record', payment('12'));
  expect(again.key).toBe(first.key);
  again.end(true);
  expect(begin('Record', payment('12')).key).not.toBe(first.key);
});

test('what is about something else, or sets other fields, or stands on another page has a key of its own', () => {
  const { key, end } = begin('Record', payment('10'));
  end(false);
  expect(begin('Record', payment('10', 'b')).key).not.toBe(key);
  expect(begin('Record', { input: { customerId: 'a', reason: 'x' } }).key).not.toBe(key);
  expect(begin('Refund', payment('10')).key).not.toBe(key);
  vi.stubGlobal('location', { pathname: '/payments/new', search: '?customer=a' });
  expect(begin('Record', payment('10')).key).not.toBe(key);
});

test('of two at once the same goes under one key, and something else under another', () => {
  const first = begin('Record', payment('10'));
  const other = begin('Record', payment('20'));
  expect(other.key).not.toBe(first.key);
  expect(begin('Record', payment('10')).key).toBe(first.key);
  other.end(true); // Of the first one it is still not known what came of it.
  first.end(false);
  expect(begin('Record', payment('10')).key).toBe(first.key);
});

test('who does the same an hour later means another one', () => {
  const { key, end } = begin('SignOutOthers', {});
  end(false);
  vi.advanceTimersByTime(59 * 60 * 1000);
  const again = begin('SignOutOthers', {});
  expect(again.key).toBe(key);
  again.end(false);
  vi.advanceTimersByTime(2 * 60 * 1000);
  expect(begin('SignOutOthers', {}).key).not.toBe(key);
});
