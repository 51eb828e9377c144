// Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.
#include "sallyport.h"

SP_EXPORT(echo) uint64_t echo(uint32_t message, const uint8_t *ptr, uint32_t len) {
  sp_bytes frame = {ptr, len};
  sp_out *out = sp_begin();
  uint32_t size = 0;
  switch (message) {
  case 0: { static sp_configure_call m; if (!sp_configure_call_decode(&m, frame)) return UINT64_MAX; size = sp_configure_call_size(&m); sp_configure_call_append(out, &m); break; }
  case 1: { static sp_exchange m; if (!sp_exchange_decode(&m, frame)) return UINT64_MAX; size = sp_exchange_size(&m); sp_exchange_append(out, &m); break; }
  case 2: { static sp_tag m; if (!sp_tag_decode(&m, frame)) return UINT64_MAX; size = sp_tag_size(&m); sp_tag_append(out, &m); break; }
  case 3: { static sp_header m; if (!sp_header_decode(&m, frame)) return UINT64_MAX; size = sp_header_size(&m); sp_header_append(out, &m); break; }
  case 4: { static sp_part m; if (!sp_part_decode(&m, frame)) return UINT64_MAX; size = sp_part_size(&m); sp_part_append(out, &m); break; }
  case 5: { static sp_tool m; if (!sp_tool_decode(&m, frame)) return UINT64_MAX; size = sp_tool_size(&m); sp_tool_append(out, &m); break; }
  case 6: { static sp_parameters m; if (!sp_parameters_decode(&m, frame)) return UINT64_MAX; size = sp_parameters_size(&m); sp_parameters_append(out, &m); break; }
  case 7: { static sp_parameter m; if (!sp_parameter_decode(&m, frame)) return UINT64_MAX; size = sp_parameter_size(&m); sp_parameter_append(out, &m); break; }
  case 8: { static sp_usage m; if (!sp_usage_decode(&m, frame)) return UINT64_MAX; size = sp_usage_size(&m); sp_usage_append(out, &m); break; }
  case 9: { static sp_error m; if (!sp_error_decode(&m, frame)) return UINT64_MAX; size = sp_error_size(&m); sp_error_append(out, &m); break; }
  case 10: { static sp_receive_call m; if (!sp_receive_call_decode(&m, frame)) return UINT64_MAX; size = sp_receive_call_size(&m); sp_receive_call_append(out, &m); break; }
  case 11: { static sp_prompt_call m; if (!sp_prompt_call_decode(&m, frame)) return UINT64_MAX; size = sp_prompt_call_size(&m); sp_prompt_call_append(out, &m); break; }
  case 12: { static sp_deployment m; if (!sp_deployment_decode(&m, frame)) return UINT64_MAX; size = sp_deployment_size(&m); sp_deployment_append(out, &m); break; }
  case 13: { static sp_features m; if (!sp_features_decode(&m, frame)) return UINT64_MAX; size = sp_features_size(&m); sp_features_append(out, &m); break; }
  case 14: { static sp_route_call m; if (!sp_route_call_decode(&m, frame)) return UINT64_MAX; size = sp_route_call_size(&m); sp_route_call_append(out, &m); break; }
  case 15: { static sp_target m; if (!sp_target_decode(&m, frame)) return UINT64_MAX; size = sp_target_size(&m); sp_target_append(out, &m); break; }
  case 16: { static sp_upstream_request_call m; if (!sp_upstream_request_call_decode(&m, frame)) return UINT64_MAX; size = sp_upstream_request_call_size(&m); sp_upstream_request_call_append(out, &m); break; }
  case 17: { static sp_upstream_request_reply m; if (!sp_upstream_request_reply_decode(&m, frame)) return UINT64_MAX; size = sp_upstream_request_reply_size(&m); sp_upstream_request_reply_append(out, &m); break; }
  case 18: { static sp_fetch m; if (!sp_fetch_decode(&m, frame)) return UINT64_MAX; size = sp_fetch_size(&m); sp_fetch_append(out, &m); break; }
  case 19: { static sp_loss m; if (!sp_loss_decode(&m, frame)) return UINT64_MAX; size = sp_loss_size(&m); sp_loss_append(out, &m); break; }
  case 20: { static sp_upstream_response_call m; if (!sp_upstream_response_call_decode(&m, frame)) return UINT64_MAX; size = sp_upstream_response_call_size(&m); sp_upstream_response_call_append(out, &m); break; }
  case 21: { static sp_choice m; if (!sp_choice_decode(&m, frame)) return UINT64_MAX; size = sp_choice_size(&m); sp_choice_append(out, &m); break; }
  case 22: { static sp_upstream_response_reply m; if (!sp_upstream_response_reply_decode(&m, frame)) return UINT64_MAX; size = sp_upstream_response_reply_size(&m); sp_upstream_response_reply_append(out, &m); break; }
  case 23: { static sp_upstream_event_call m; if (!sp_upstream_event_call_decode(&m, frame)) return UINT64_MAX; size = sp_upstream_event_call_size(&m); sp_upstream_event_call_append(out, &m); break; }
  case 24: { static sp_event m; if (!sp_event_decode(&m, frame)) return UINT64_MAX; size = sp_event_size(&m); sp_event_append(out, &m); break; }
  case 25: { static sp_upstream_event_reply m; if (!sp_upstream_event_reply_decode(&m, frame)) return UINT64_MAX; size = sp_upstream_event_reply_size(&m); sp_upstream_event_reply_append(out, &m); break; }
  case 26: { static sp_answer_call m; if (!sp_answer_call_decode(&m, frame)) return UINT64_MAX; size = sp_answer_call_size(&m); sp_answer_call_append(out, &m); break; }
  case 27: { static sp_window_call m; if (!sp_window_call_decode(&m, frame)) return UINT64_MAX; size = sp_window_call_size(&m); sp_window_call_append(out, &m); break; }
  case 28: { static sp_verdict m; if (!sp_verdict_decode(&m, frame)) return UINT64_MAX; size = sp_verdict_size(&m); sp_verdict_append(out, &m); break; }
  case 29: { static sp_complete_call m; if (!sp_complete_call_decode(&m, frame)) return UINT64_MAX; size = sp_complete_call_size(&m); sp_complete_call_append(out, &m); break; }
  case 30: { static sp_reply m; if (!sp_reply_decode(&m, frame)) return UINT64_MAX; size = sp_reply_size(&m); sp_reply_append(out, &m); break; }
  case 31: { static sp_block m; if (!sp_block_decode(&m, frame)) return UINT64_MAX; size = sp_block_size(&m); sp_block_append(out, &m); break; }
  case 32: { static sp_respond m; if (!sp_respond_decode(&m, frame)) return UINT64_MAX; size = sp_respond_size(&m); sp_respond_append(out, &m); break; }
  case 33: { static sp_edit m; if (!sp_edit_decode(&m, frame)) return UINT64_MAX; size = sp_edit_size(&m); sp_edit_append(out, &m); break; }
  case 34: { static sp_new_part m; if (!sp_new_part_decode(&m, frame)) return UINT64_MAX; size = sp_new_part_size(&m); sp_new_part_append(out, &m); break; }
  case 35: { static sp_flag m; if (!sp_flag_decode(&m, frame)) return UINT64_MAX; size = sp_flag_size(&m); sp_flag_append(out, &m); break; }
  }
  if (size != out->n) __builtin_trap();
  return sp_end(out);
}

SP_CONFIGURE(call) { (void)call; return 0; }

SP_EXPORT(imports) void imports(void) {
  sp_bytes v, k = SP_TEXT("k");
  sp_log(SP_LEVEL_INFO, "k");
  sp_config(k, &v);
  sp_get_tag(k, &v);
  sp_host_tag_set(k.p, k.n, k.p, k.n);
  sp_get_slot(k, &v);
  sp_set_slot(k, k);
  sp_get_kv(k, &v);
  sp_set_kv(k, k, 1);
  sp_count("k", 1);
  sp_json(SP_DOCUMENT_CONFIG, k, &v);
  sp_host_json_set(SP_DOCUMENT_CONFIG, k.p, k.n, k.p, k.n);
  sp_config_count(k);
  uint8_t room[8];
  if (sp_host_now() == 0) sp_host_random(room, sizeof room);
}
