/** The most bytes of a logo. */
const largest = 64 * 1024;

/** How the kinds of pictures begin that every browser shows. */
const beginnings = {
  'image/png': /^\x89PNG\r\n/,
  'image/jpeg': /^\xff\xd8\xff/,
  'image/webp': /^RIFF[\s\S]{4}WEBP/,
};

/** The kinds of files that a logo may be, as a file field takes them. */
export const accepted = Object.keys(beginnings).join(',');

/** A picture as it is sent. */
export interface Picture {
  contentType: string;
  dataBase64: string;
}

/** Why a file is no logo: it is too large, or no picture that can be shown. */
export type Fault = 'size' | 'kind';

/** Reads a chosen file; what it is, its bytes tell, not its name. */
export async function readPicture(file: File): Promise<Picture | Fault> {
  if (file.size > largest) return 'size';
  try {
    const bytes = Array.from(new Uint8Array(await file.arrayBuffer()), (byte) => String.fromCharCode(byte)).join('');
    const found = Object.entries(beginnings).find(([, begins]) => begins.test(bytes));
    if (!found) return 'kind';
    const picture = { contentType: found[0], dataBase64: btoa(bytes) };
    const image = new Image();
    image.src = addressOf(picture);
    await image.decode();
    return picture;
  } catch {
    return 'kind'; // It cannot be read, or not be shown.
  }
}

/** A picture that is only here yet, as an image shows it. */
export const addressOf = ({ contentType, dataBase64 }: Picture) => `data:${contentType};base64,${dataBase64}`;
