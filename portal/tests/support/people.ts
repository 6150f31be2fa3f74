import type { Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { type Person, type Role, signIn } from './browser';
import { browser, gateway } from './site';

/** Who is signed in; each stays so for all tests of a file. */
const people = new Map<Role, Promise<Person>>();
afterAll(async () => {
  for (const person of people.values()) await (await person).close();
});

/** Does something as somebody who stays signed in for the file's other tests. */
export async function as(role: Role, use: (page: Page) => Promise<void>): Promise<void> {
  const person = people.get(role) ?? signIn(browser, gateway.url, role);
  people.set(role, person);
  person.catch(() => people.delete(role)); // Who could not sign in tries again.
  await use((await person).page);
}
