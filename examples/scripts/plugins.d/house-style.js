/* sallyport
id: prompt.house-style
version: 1.0.0
stage: shape
hooks: [prompt]
config:
  type: object
  properties:
    template: {type: string, default: "You answer for {company}. Be brief."}
    company: {type: string, default: Example Ltd}
*/
/// <reference path="../../../sdk/js/sallyport.d.ts" />

// A system message in front of every prompt that has none.
exports.prompt = (call) => {
  if (call.parts.some((part) => part.role === "system")) return;
  return { append: [{ at: 0, role: "system", text: config.template.replace("{company}", config.company) }] };
};
