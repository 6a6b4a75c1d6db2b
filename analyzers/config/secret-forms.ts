import { isReference } from './question-shape.ts';

/**
 * Forms of credentials that stand under any name, beyond those that `config/forbid-secrets` knows for certain: issuers'
 * prefixes with what follows them, and signed tokens.
 */
const tokens: readonly RegExp[] = [
  // Of AWS (the id of a key, half of the pair), Google, OpenAI and those that follow its form, HashiCorp Vault.
  /\b(?:AKIA|ASIA)[A-Z2-7][A-Z0-9]{15}\b/,
  /\bAIza[\w-]{35}/,
  /\bsk-(?:[a-z]{2,10}-){0,2}[A-Za-z0-9_-]{32,}/,
  /\bhv[sbr]\.[\w-]{24,}/,
  // DigitalOcean, SendGrid, PyPI, Telegram, Twilio, Atlassian, Docker, Doppler.
  /\bdo[opr]_v1_[a-f0-9]{64}\b/,
  /\bSG\.[\w-]{16,32}\.[\w-]{32,64}/,
  /\bpypi-AgE[\w-]{40,}/,
  /\b\d{8,10}:AA[\w-]{32,34}\b/,
  /\bSK[a-f0-9]{32}\b/,
  /\bATATT3[\w-]{40,}/,
  /\bdckr_pat_[\w-]{20,}/,
  /\bdp\.(?:st|pt|ct|sa)\.[\w.-]{30,}/,
  // The shared key of an Azure connection string, and a JSON web token with its signature.
  /\bAccountKey=[A-Za-z\d+/]{40,}/,
  /\bSharedAccessKey=[A-Za-z\d+/]{32,}/,
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{16,}/,
];

const longest = 5000;

/** Whether a text looks like a credential, or holds one, whatever its name is. */
export function hasSecretForm(text: string): boolean {
  if (text.length > longest) return false;
  return tokens.some((token) => token.test(text)) || holdsPassword(text);
}

/** `scheme://user:password@host`, and the password among the parameters of a connection. */
function holdsPassword(text: string): boolean {
  const inUrl = /^[a-z][\w+.:-]{0,40}:\/\/([^/@\s:]{0,100}):([^/@\s]{3,200})@[^\s@]/i.exec(text);
  const inParameters = /[?&;]\s{0,3}(?:password|passwd|pwd)\s{0,3}=([^&;\s]{3,200})/i.exec(text);
  return isWrittenOut(inUrl?.[2], inUrl?.[1]) || isWrittenOut(inParameters?.[1], undefined);
}

// A password that is the user's own name is that of a developer's machine, or of an image's first start.
function isWrittenOut(password: string | undefined, user: string | undefined): boolean {
  if (password === undefined || password === user || isReference(password)) return false;
  return !/^(?:[*x.]+|<.*|\[.*|\{.*|%.*|pass(?:word|wd)?|pwd|secret|change[-_]?me|example|redacted)$/i.test(
    password,
  );
}
