/* Words by code in the language of the page, and the tables behind them, as the server has written them. */

/** @type {{words: Record<string, string>, looks: Record<string, [string, string]>, states: Record<string, string>,
 *   mayBeDelayed: string[], mapped: string[], barOf: Record<string, number>}} */
export const tables = { words: {}, looks: {}, states: {}, mayBeDelayed: [], mapped: [], barOf: {} };

/** @param {string} address */
export const loadTables = async (address) => {
  Object.assign(tables, await (await fetch(address)).json());
};

/** @param {string} code @param {Record<string, string | number>} [values] */
export const say = (code, values = {}) =>
  tables.words[code].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

/** The first of these codes that has a text. @param {string[]} codes @param {Record<string, string>} [values] */
export const sayMostExactly = (codes, values) => {
  const known = codes.find((code) => code in tables.words);
  return known ? say(known, values) : "";
};
