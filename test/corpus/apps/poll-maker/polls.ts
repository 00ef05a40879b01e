const store = new Map<string, { title: string; votes: number }>();
// FIXME votes are lost on restart
export const polls = {
  all: () => [...store.values()],
  count: () => store.size,
};
