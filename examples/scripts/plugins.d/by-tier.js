/* sallyport
id: route.by-tier
version: 1.0.0
hooks: [route]
sees: {headers: [x-tier]}
*/
/// <reference path="../../../sdk/js/sallyport.d.ts" />

// Gold customers get the large model first, all others the small one alone.
exports.route = (call) => {
  const gold = call.exchange.headers["x-tier"] === "gold";
  return { order: gold ? ["large", "small"] : ["small"] };
};
