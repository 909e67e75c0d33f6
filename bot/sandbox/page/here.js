// Who this window is and where it stands. Both are in the address (#U01ANA/C01SUPPORT, or ?as=U01ANA), so that
// two windows are two people, and going back goes back.

export function here() {
  const [, as, place] = location.hash.match(/^#(\w+)(?:\/(\w+))?$/) ?? [];
  return { as: as ?? new URLSearchParams(location.search).get("as") ?? "U01ANA", place: place ?? "C01SUPPORT" };
}

export const address = (as, place) => `#${as}/${place}`;

// directOf is the conversation of the app with one person.
export const directOf = (as) => "D" + as.slice(1);

export function go(as, place) {
  location.hash = address(as, place);
}

// become is another person at the same place, where that exists for them.
export function become(as) {
  const { place } = here();
  go(as, place.startsWith("D") ? directOf(as) : place);
}

const key = (as, place) => `read ${as} ${place}`;

// How far each person has read each conversation, the same in all windows.
export const readUpTo = (as, place) => localStorage.getItem(key(as, place)) ?? "";
export const markRead = (as, place, ts) => localStorage.setItem(key(as, place), ts);
