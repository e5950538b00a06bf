// What everyone may know of a room, moved on by its news. Pure: no page and no line.

/**
 * @typedef {{id: number, text: string, language: string, original: string | null,
 *   original_language: string, translated_by: string}} Statement
 * @typedef {{id: number, text: string, language: string}} Words
 * @typedef {{version: number, votes_version: number, votes: number, participants: number,
 *   open: boolean, map_version: number, newest: Words[]}} Snapshot
 * @typedef {Snapshot & {base: number, missing: number[], gap: boolean, behind: number}} State
 * @typedef {{type: string, content: any}} News
 */

const NEWEST_SHOWN = 5;
// Of more it is enough to know that something is missing.
const MOST_MISSING = 50;

/** What each kind of news changes. @type {Record<string, (state: State, content: any) => Partial<State>>} */
const CHANGES = {
  "statement.accepted": ({ newest }, { id, text, language }) => {
    const all = [{ id, text, language }, ...newest.filter((one) => one.id !== id)];
    return { newest: all.sort((one, other) => other.id - one.id).slice(0, NEWEST_SHOWN) };
  },
  "statement.removed": ({ newest, gap }, { id }) => {
    const left = newest.filter((one) => one.id !== id);
    // An older one may take its place, and only the server knows which.
    return left.length < newest.length ? { newest: left, gap: gap || newest.length === NEWEST_SHOWN } : {};
  },
  // Only the newest of these are sent, and one may be late.
  tally: (state, { votes, participants, votes_version }) =>
    votes_version < state.votes_version ? {} : { votes, participants, votes_version },
  "map.updated": ({ map_version }, { votes_version }) => ({ map_version: Math.max(map_version, votes_version) }),
  "conversation.changed": (state, { open }) => ({ open }),
  "room.changed": (state, { version }) => ({ behind: version }),
};

/**
 * A state to move on from. `base` is the version it holds everything of, `missing` are the versions
 * since then that nothing was heard of; `gap` says that something else is missing. `behind`, when it
 * is not 0, is the version to ask for.
 * @param {Snapshot} snapshot @returns {State}
 */
export function begin(snapshot) {
  return { ...snapshot, base: snapshot.version, missing: [], gap: false, behind: 0 };
}

/** The state after the news; the same one when they say nothing new. @param {State} state @param {News} news @returns {State} */
export function apply(state, { type, content }) {
  const { version } = content;
  const isBehind = version > state.version || state.gap || state.missing.length > 0;
  if (type === "heartbeat") return isBehind ? { ...state, behind: version } : state;
  if (!(type in CHANGES) || version <= state.base) return state;
  // Counts and maps may come late, after news that have a higher number: they have one of their own.
  const gap = state.gap || (version < state.version && content.votes_version === undefined);
  const missing = state.missing.filter((number) => number !== version);
  for (let number = Math.max(state.version + 1, version - MOST_MISSING); number < version; number++) missing.push(number);
  return { ...state, gap, missing, ...CHANGES[type]({ ...state, gap }, content), version: Math.max(version, state.version) };
}
