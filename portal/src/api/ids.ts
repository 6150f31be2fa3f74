const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it can be something's id at all; the server refuses to look for anything else. */
export const isId = (text: string | null | undefined): text is string => uuid.test(text ?? '');
