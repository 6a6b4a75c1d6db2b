/** What one environment asks for before anything in it is widened: the `environments` part of the policy file. */
export interface EnvironmentPolicy {
  name: string;
}
