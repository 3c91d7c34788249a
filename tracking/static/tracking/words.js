/* Texts by code, in the language the page was opened in. */

/** @type {Record<string, string>} */
let words = {};

/** @param {Record<string, string>} chosen */
export const useWords = (chosen) => {
  words = chosen;
};

/** @param {string} code @param {Record<string, string | number>} [values] */
export const say = (code, values = {}) => words[code].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

/** The text of the first code that has one. @param {string[]} codes @param {Record<string, string | number>} [values] */
export const sayMostExactly = (codes, values) => {
  const known = codes.find((code) => code in words);
  return known ? say(known, values) : "";
};
