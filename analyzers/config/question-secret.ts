import { meaningOf } from './key-names.ts';
import { isReference } from './question-shape.ts';
import { hasSecretForm } from './secret-forms.ts';

/** Whether a literal is what somebody signs in with, by its name or its form. Its text is looked at, and never told. */
export function isSecretLiteral(names: readonly string[], value: unknown): boolean {
  if (typeof value !== 'string' || value.length < 6 || value.length > 5000) return false;
  if (/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/.test(value)) return true;
  if (hasSecretForm(value)) return true;
  const kind = secretKind(meaningOf(names));
  if (kind === undefined) return false;
  // References, paths, URLs, names of variables and of other secrets are where a secret is, not what it is.
  if (isReference(value) || /\s|^[./~]|^[a-z][\w+.-]*:\/\/[^@]*$|^[A-Z][A-Z\d_]+$/.test(value)) return false;
  if (
    /^(?:\*+|x+|<.*>|change[-_]?me|example|dummy|none|null|true|false|required|optional|enabled|disabled)$/i.test(
      value,
    )
  ) {
    return false;
  }
  return kind === 'password' ? true : value.length >= 10 && /\d/.test(value) && /[A-Za-z]/.test(value);
}

function secretKind(words: readonly string[]): 'password' | 'token' | undefined {
  const last = words.at(-1) ?? '';
  if (/^(password|passwd|pwd|passphrase)$/.test(last)) return 'password';
  if (/^(secret|token|apikey|credential|credentials)$/.test(last)) return 'token';
  const pair = words.slice(-2).join(' ');
  return /^(api|access|private|secret|auth|signing|encryption|account) key$/.test(pair) ? 'token' : undefined;
}
