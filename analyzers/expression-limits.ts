/** What a CEL expression of a file may be made of: one that compares a few keys has a few dozen nodes. */
export const expressionLimits = {
  maxAstNodes: 500,
  maxDepth: 50,
  maxListElements: 100,
  maxMapEntries: 100,
  maxCallArguments: 16,
};
