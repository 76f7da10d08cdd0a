/** What the module of a thread tells first, once it can be told things. */
export const threadLoaded = 'loaded';
