import { defaultUserKey, type RouterSettings } from '../../stacks/local/router/router.ts';

/** The settings that a test of something else has no opinion on. */
export const routerDefaults: Pick<RouterSettings, 'userKey' | 'answerSeconds' | 'streamSeconds'> = {
  userKey: defaultUserKey,
  answerSeconds: 60,
  streamSeconds: 10,
};
