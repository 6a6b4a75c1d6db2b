/** The `approval` part of the policy file after loading: what has to be approved, and by whom. */
export interface ApprovalPolicy {
  /** Peers whose approval every change needs. */
  required: number;
  codeOwners: boolean;
  /** Repository roles (`role_name`) that may approve. */
  roles: string[];
}
