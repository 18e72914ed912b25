// How well a name fits what was typed. 0 is no fit; letters need not follow each other, but count for more where they do.
export const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

const isStart = (text, at) => at === 0 || /[\s\-–—:,.()/“„«]/u.test(text[at - 1]);

// Every word that was typed must fit, in any order.
export function fit(name, typed) {
  const text = folded(name);
  let total = 1;
  for (const word of folded(typed).split(/\s+/).filter(Boolean)) {
    const score = fitWord(text, word);
    if (!score) return 0;
    total += score;
  }
  return total;
}

function fitWord(text, word) {
  const whole = text.indexOf(word);
  if (whole >= 0) {
    const start = [...positions(text, word)].find((at) => isStart(text, at));
    return 100 + word.length * 10 - (start ?? whole) - (start === undefined ? 40 : 0);
  }
  // The beginnings of words come first: "ohc" is "open help centre".
  let score = 0;
  let at = -1;
  for (const letter of word) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    score += isStart(text, next) ? 6 : next === at + 1 ? 4 : 1;
    at = next;
  }
  // Letters that are merely somewhere fit almost everything.
  return score >= word.length * 2.5 ? score : 0;
}

function* positions(text, word) {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) yield at;
}
