/** Who may use which command: the `commands` part of the policy file after loading. */
export interface CommandPolicy {
  /** Repository roles (`role_name`) that may use commands. */
  roles: string[];
}
