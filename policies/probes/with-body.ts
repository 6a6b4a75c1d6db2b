/** Headers in lower case, and a body with its type: JSON, unless it is a text. */
export function withBody(
  headers: Readonly<Record<string, string>>,
  body: unknown,
): { headers: Record<string, string>; body: string | null } {
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (body === undefined) return { headers: lower, body: null };
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json';
  return { headers: { 'content-type': type, ...lower }, body: isText ? body : JSON.stringify(body) };
}
