/** The outcome of the approval question; `message` is one sentence a reviewer reads. */
export interface ApprovalDecision {
  decision: 'approved' | 'pending' | 'rejected';
  reasonCode: string;
  message: string;
}
