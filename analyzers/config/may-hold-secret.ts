/**
 * A condition that every text with a secret meets, for each rule of secretlint's recommended preset: what its pattern
 * cannot match without. Looking for these takes a hundredth of the time that the rules take, and most files have none.
 * A test holds this list against the preset's own rules: a rule that is not here fails it.
 */
export const necessaryText: Readonly<Record<string, readonly RegExp[]>> = {
  aws: [
    /A3T[A-Z0-9]|A(?:KIA|GPA|IDA|ROA|IPA|NPA|NVA|SIA)[A-Z0-9]{16}/,
    /secret_?access_?key/i,
    /account_?(?:id)?["']?\s*(?::|=>|=)\s*["']?[0-9]{4}/i,
  ],
  // A key inside of JSON may be written with escapes.
  gcp: [/PRIVATE KEY|\\u00[2-7]/],
  privatekey: [/-----BEGIN/],
  npm: [/:x-oauth-basic@|_authToken=|npm_[A-Za-z0-9_]{36}/],
  basicauth: [/(?:https?|ftps?):\/\/[-a-zA-Z0-9_]{1,256}:/],
  slack: [/xox[bpaor]-|xapp-/, /https:\/\/hooks\.slack\.com/i],
  openai: [/T3BlbkFJ/],
  anthropic: [/sk-ant-/],
  groq: [/gsk_/],
  huggingface: [/hf_[a-zA-Z]{34}/],
  linear: [/lin_api_/],
  notion: [/ntn_/],
  sendgrid: [/SG\./],
  shopify: [/shp(?:pa|ca|at|ss)_/],
  stripe: [/[sr]k_(?:live|test)_/],
  github: [/gh[pousr]_|github_pat_/],
  gitlab: [/glpat-/],
  grafana: [/glc_|glsa_/],
  '1password': [/ops_ey/],
  'database-connection-string': [/(?:mongodb(?:\+srv)?|mysqlx?|postgres(?:ql)?):\/\/[^:/\s]{1,100}:/i],
  'hashicorp-vault': [/hv[sbr]\./],
  vercel: [/vc[piark]_/],
  databricks: [/dapi[A-Fa-f0-9]{32}/],
  docker: [/dckr_pat_/],
  figma: [/figd_/],
  cloudflare: [/cf(?:k|ut|at)_/],
  tailscale: [/tskey-/],
};

const patterns: readonly RegExp[] = Object.values(necessaryText).flat();

/** False only when no rule of the preset could find anything in this text. */
export function mayHoldSecret(path: string, text: string): boolean {
  // The rule for key stores goes by the name alone.
  return path.endsWith('.p12') || patterns.some((pattern) => pattern.test(text));
}
