/** What white text needs against the colour below it (WCAG 2.2, 1.4.3). */
export const neededContrast = 4.5;

/** How well white text is told from a colour `#rrggbb`: 1 (not at all) to 21; null if it is no such colour. */
export function whiteContrast(colour: string): number | null {
  if (!/^#[0-9a-f]{6}$/i.test(colour)) return null;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}
