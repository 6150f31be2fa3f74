import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';
import { boot } from './boot';

/** Ten shades around an accent colour: the seventh is the accent itself, which carries white text. */
function shades(accent: string): MantineColorsTuple {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(accent.slice(at, at + 2), 16)) as [
    number,
    number,
    number,
  ];
  const mix = (towards: number, share: number) =>
    `#${[red, green, blue]
      .map((part) => Math.round(part + (towards - part) * share))
      .map((part) => part.toString(16).padStart(2, '0'))
      .join('')}`;
  return [
    mix(255, 0.94),
    mix(255, 0.86),
    mix(255, 0.72),
    mix(255, 0.56),
    mix(255, 0.4),
    mix(255, 0.2),
    accent,
    mix(0, 0.14),
    mix(0, 0.28),
    mix(0, 0.42),
  ];
}

/** The pages' own colour, where the merchant has none. */
export const ownAccent = '#1f5f8b';

export const theme = createTheme({
  colors: {
    brand: shades(boot.organisation?.accent ?? ownAccent),
    dark: [
      '#e6e9ef',
      '#c3cad6',
      '#a5aebd',
      '#8c96a8',
      '#4a5466',
      '#3a4352',
      '#232a35',
      '#171b22',
      '#12151b',
      '#0d1015',
    ],
  },
  primaryColor: 'brand',
  primaryShade: 6,
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.625rem', lineHeight: '1.25' }, h2: { fontSize: '1.125rem' }, h3: { fontSize: '1rem' } },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** Text colours with a contrast of at least 4.5 : 1 on every surface we have (WCAG 2.2, 1.4.3). */
export const variables: CSSVariablesResolver = (used) => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#51596b',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-error': '#b42318',
    '--mantine-color-anchor': used.colors.brand?.[6] ?? 'inherit',
    '--mantine-color-default-border': '#dce1e8',
    '--app-canvas': '#f5f7fa',
    '--app-surface': '#ffffff',
    '--app-border': '#e3e8ef',
    '--tone-neutral': '#eef1f5',
    '--tone-neutral-text': '#414a5c',
    '--tone-info': '#e6f0fb',
    '--tone-info-text': '#1b4f86',
    '--tone-good': '#e4f5ea',
    '--tone-good-text': '#1a6140',
    '--tone-warn': '#fdf1dc',
    '--tone-warn-text': '#7a4a06',
    '--tone-bad': '#fdeae8',
    '--tone-bad-text': '#9c2118',
  },
  dark: {
    '--mantine-color-body': '#171b22',
    '--mantine-color-text': '#e6e9ef',
    '--mantine-color-dimmed': '#a5aebd',
    '--mantine-color-placeholder': '#8c96a8',
    '--mantine-color-error': '#ff9b8f',
    '--mantine-color-anchor': used.colors.brand?.[3] ?? 'inherit',
    '--mantine-primary-color-light-color': used.colors.brand?.[2] ?? 'inherit',
    '--mantine-color-default-border': '#3a4352',
    '--app-canvas': '#12151b',
    '--app-surface': '#1b2029',
    '--app-border': '#2d3542',
    '--tone-neutral': '#2a313d',
    '--tone-neutral-text': '#c5ccd8',
    '--tone-info': '#17324d',
    '--tone-info-text': '#a3cdf7',
    '--tone-good': '#16382a',
    '--tone-good-text': '#92dcb4',
    '--tone-warn': '#41310f',
    '--tone-warn-text': '#f3cc84',
    '--tone-bad': '#47201d',
    '--tone-bad-text': '#ffb4ab',
  },
});
