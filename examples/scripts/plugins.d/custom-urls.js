/* sallyport
id: route.custom-urls
version: 1.0.0
hooks: [receive]
config:
  type: object
  properties:
    paths: {type: object, additionalProperties: {type: string}, default: {/chat: /v1/chat/completions}}
*/
/// <reference path="../../../sdk/js/sallyport.d.ts" />

// Apps may call paths of the company's own.
exports.receive = (call) => {
  const path = config.paths[call.path];
  if (path) return { path };
};
