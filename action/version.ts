/** The version of the package, the Action and the JSON they print; a test compares it with package.json. */
export const version = '0.1.0';
