/** The service and environment that a command is about; needed when there are several. */
export interface Place {
  service?: string;
  environment?: string;
}

export type Command = Place &
  (
    | { name: 'status' }
    | { name: 'promote' }
    | { name: 'pause' }
    | { name: 'resume' }
    | { name: 'abort' }
    /** What comes back; left out, everything that does not carry its whole share. */
    | { name: 'failback'; instance?: string; zone?: string }
    | { name: 'retry' }
    | { name: 'unlock' }
    | { name: 'help' }
    /** `digest`: the commit or content that is approved; left out, the head that it was written on. */
    | { name: 'approve'; digest?: string }
    /** `to`: the release to go back to, a digest or its first 12 to 64 hexadecimal digits; left out, the stable one. */
    | { name: 'rollback'; to?: string }
    /** `commit`: what may start without what is missing; left out, the commit that the command is about. */
    | { name: 'break-glass'; reason: string; commit?: string }
    /** The review that a break-glass owes. */
    | { name: 'break-glass-close'; digest: string }
    /** `digest`: at least 12 hexadecimal digits of what was shown. */
    | { name: 'confirm'; digest: string }
  );
